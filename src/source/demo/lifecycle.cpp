#include "source/demo/lifecycle.hpp"

#include <algorithm>

#include "source/demo/dice.hpp"

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

}  // namespace

Phase phase_at(Life life, std::uint64_t key, Second created, Second second) {
  switch (life) {
    case Life::steady: {
      Phase phase = until(never, ContainerState::running, created, second);
      phase.health = Health::healthy;
      return phase;
    }
    case Life::sickly: return sickly(created, second);
    case Life::crash_loop: return crash_loop(key, created, second);
    case Life::cron: return cron(key, created, second);
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

std::uint32_t restarts(Life life, Second created, const Phase& phase) {
  if (life != Life::crash_loop) return 0;
  return static_cast<std::uint32_t>(cycle_of(phase.begin, crash_period) - cycle_of(created, crash_period));
}

}  // namespace taffrail::demo
