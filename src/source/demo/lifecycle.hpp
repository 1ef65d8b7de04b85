#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "model/container.hpp"

namespace taffrail::demo {

using Second = std::chrono::sys_seconds;

/// What kind of life a made-up service leads.
enum class Life : std::uint8_t {
  steady,       ///< runs from its creation on, healthy
  sickly,       ///< runs, and is unhealthy 12 of 15 minutes
  crash_loop,   ///< runs for 40 to 75 s, dies (exit code 1, or 137 by the OOM killer), is restarted after 15 to 30 s
  cron,         ///< runs for about 20 s every 5 minutes and exits 0
  paused,       ///< was paused 66 hours after its creation
  stopped,      ///< was killed by the OOM killer 60 hours after its creation
  standing_by,  ///< steady, and has nothing to do while an Incident's new version has the traffic
  deployed,     ///< the new version of an Incident: from its deploy until the next one takes its place
};

/// A stretch of a service's life in which nothing changes.
struct Phase {
  Second begin;
  Second end;  ///< the first second after it; far away for one that lasts
  ContainerState state = ContainerState::running;
  Health health = Health::none;
  Second run_begin;              ///< of the present run, or of the last
  Second run_end;                ///< where that run ends; far away when it does not
  std::optional<int> exit_code;  ///< of the run's end, if it ends by itself
  bool oom = false;              ///< whether the run ends by the OOM killer

  [[nodiscard]] bool logs() const { return state == ContainerState::running; }
};

/// The phase that holds `second`, which is not before `created`. The cycles are laid on the calendar and not on
/// `created`, so that a later start of the program tells the same story.
/// @param seed of the world, whose incidents all services share
/// @param key tells services of one Life apart
[[nodiscard]] Phase phase_at(Life life, std::uint64_t seed, std::uint64_t key, Second created, Second second);

/// How often the service was restarted from `created` until the phase.
[[nodiscard]] std::uint32_t restarts(Life life, std::uint64_t seed, Second created, const Phase& phase);

}  // namespace taffrail::demo
