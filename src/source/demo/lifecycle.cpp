#include "source/demo/lifecycle.hpp"

#include <algorithm>

#include "source/demo/dice.hpp"
#include "source/demo/incident.hpp"

namespace taffrail::demo {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

constexpr Second never = Second(seconds(std::int64_t{1} << 33));  // the year 2242: within what Time holds
constexpr seconds crash_period = 90s;
constexpr seconds cron_period = 300s;
constexpr seconds sick_period = 900s;
constexpr seconds well_part = 180s;

/// The number of the cycle that holds `second`.
std::int64_t cycle_of(Second second, seconds period) { return second.time_since_epoch() / period; }

/// A cycle of one run and the rest after it, cut at the container's creation.
Phase cycle_phase(seconds period, seconds run, Second created, Second second) {
  const Second begin(cycle_of(second, period) * period);
  Phase phase;
  phase.run_begin = std::max(begin, created);
  phase.run_end = std::max(begin + run, created);
  const bool running = second < phase.run_end;
  phase.begin = running ? phase.run_begin : phase.run_end;
  phase.end = running ? phase.run_end : begin + period;
  return phase;
}

Phase crash_loop(std::uint64_t key, Second created, Second second) {
  const auto cycle = static_cast<std::uint64_t>(cycle_of(second, crash_period));
  Dice dice(hash({key, cycle}));
  Phase phase = cycle_phase(crash_period, seconds(dice.between(40, 75)), created, second);
  phase.oom = dice.chance(0.4);
  phase.exit_code = phase.oom ? 137 : 1;
  phase.state = second < phase.run_end ? ContainerState::running : ContainerState::restarting;
  return phase;
}

Phase cron(std::uint64_t key, Second created, Second second) {
  const auto cycle = static_cast<std::uint64_t>(cycle_of(second, cron_period));
  Phase phase = cycle_phase(cron_period, seconds(Dice(hash({key, cycle})).between(14, 26)), created, second);
  phase.exit_code = 0;
  phase.state = second < phase.run_end ? ContainerState::running : ContainerState::exited;
  return phase;
}

Phase sickly(Second created, Second second) {
  const Second begin(cycle_of(second, sick_period) * sick_period);
  const bool well = second < begin + well_part;
  Phase phase;
  phase.begin = std::max(created, well ? begin : begin + well_part);
  phase.end = well ? begin + well_part : begin + sick_period;
  phase.health = well ? Health::healthy : Health::unhealthy;
  phase.run_begin = created;
  phase.run_end = never;
  return phase;
}

/// Runs until `end`, then is in `after` for good.
Phase until(Second end, ContainerState after, Second created, Second second) {
  const bool running = second < end;
  Phase phase;
  phase.begin = running ? created : end;
  phase.end = running ? end : never;
  phase.state = running ? ContainerState::running : after;
  phase.run_begin = created;
  phase.run_end = end;
  return phase;
}

/// The life of the version that an incident deploys: killed twice, then without traffic until it is replaced.
Phase deployed(std::uint64_t seed, Second created, Second second) {
  const Incident incident = incident_of(seed, created);
  const Second replaced = next_incident(seed, incident).begin;
  const auto run = [&](Second begin, Second end) {
    Phase phase;
    phase.run_begin = begin;
    phase.run_end = end;
    phase.oom = end != replaced;
    phase.exit_code = phase.oom ? 137 : 0;
    // It passes its checks until it is slow.
    const Second sick = phase.oom ? begin + (end - begin) * 2 / 3 : end;
    phase.begin = second < sick ? begin : sick;
    phase.end = second < sick ? sick : end;
    phase.health = second < sick ? Health::healthy : Health::unhealthy;
    return phase;
  };
  const auto down = [&](Second run_begin, Second begin, Second end, ContainerState state) {
    Phase phase = run(run_begin, begin);
    phase.begin = begin;
    phase.end = end;
    phase.state = state;
    phase.health = Health::none;
    return phase;
  };
  if (second < incident.first_kill) return run(incident.begin, incident.first_kill);
  if (second < incident.first_restart)
    return down(incident.begin, incident.first_kill, incident.first_restart, ContainerState::restarting);
  if (second < incident.second_kill) return run(incident.first_restart, incident.second_kill);
  if (second < incident.second_restart)
    return down(incident.first_restart, incident.second_kill, incident.second_restart, ContainerState::restarting);
  if (second < replaced) return run(incident.second_restart, replaced);
  return down(incident.second_restart, replaced, never, ContainerState::exited);
}

}  // namespace

Phase phase_at(Life life, std::uint64_t seed, std::uint64_t key, Second created, Second second) {
  switch (life) {
    case Life::steady:
    case Life::standing_by: {
      Phase phase = until(never, ContainerState::running, created, second);
      phase.health = Health::healthy;
      return phase;
    }
    case Life::sickly: return sickly(created, second);
    case Life::crash_loop: return crash_loop(key, created, second);
    case Life::cron: return cron(key, created, second);
    case Life::deployed: return deployed(seed, created, second);
    case Life::paused: return until(created + 66h, ContainerState::paused, created, second);
    case Life::stopped: {
      Phase phase = until(created + 60h, ContainerState::exited, created, second);
      phase.oom = true;
      phase.exit_code = 137;
      return phase;
    }
  }
  return {};
}

std::uint32_t restarts(Life life, std::uint64_t seed, Second created, const Phase& phase) {
  if (life == Life::deployed) {
    const Incident incident = incident_of(seed, created);
    return static_cast<std::uint32_t>(phase.run_begin >= incident.first_restart) +
           static_cast<std::uint32_t>(phase.run_begin >= incident.second_restart);
  }
  if (life != Life::crash_loop) return 0;
  return static_cast<std::uint32_t>(cycle_of(phase.begin, crash_period) - cycle_of(created, crash_period));
}

}  // namespace taffrail::demo
