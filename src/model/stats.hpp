#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace taffrail {

/// What a source reads of a container at one moment: totals since its start and present values, in bytes and
/// nanoseconds. What the platform does not give is absent, never 0.
struct StatCounters {
  Time time;  ///< shown with the sample
  /// When it was read, by the clock that never jumps: rates are of this one. Not set: the moment when it arrives.
  SteadyTime steady{};
  std::optional<std::uint64_t> cpu_ns;        ///< CPU time used, total
  std::optional<std::uint64_t> throttled_ns;  ///< time in which it was held back by its quota, total
  std::optional<std::uint64_t> memory;        ///< in use, without inactive file cache
  std::optional<std::uint64_t> memory_limit;  ///< absent: none
  std::optional<std::uint64_t> swap;
  std::optional<std::uint64_t> pids;
  std::optional<std::uint64_t> net_rx;  ///< bytes, total
  std::optional<std::uint64_t> net_tx;
  std::optional<std::uint64_t> block_read;  ///< bytes, total
  std::optional<std::uint64_t> block_write;
  std::optional<std::uint64_t> oom_kills;           ///< total
  std::optional<std::uint64_t> cpu_pressure_ns;     ///< PSI "some" total
  std::optional<std::uint64_t> memory_pressure_ns;  ///< PSI "some" total
  std::optional<std::uint64_t> io_pressure_ns;      ///< PSI "some" total
};

/// What is shown of two successive counters: rates per second, CPU in cores, ratios 0..1.
struct StatSample {
  Time time;
  std::optional<double> cpu;            ///< cores
  std::optional<double> cpu_throttled;  ///< share of the time held back
  std::optional<std::uint64_t> memory;
  std::optional<std::uint64_t> memory_limit;
  std::optional<std::uint64_t> swap;
  std::optional<std::uint64_t> pids;
  std::optional<double> net_rx;
  std::optional<double> net_tx;
  std::optional<double> block_read;
  std::optional<double> block_write;
  std::optional<std::uint64_t> oom_kills;
  std::optional<double> cpu_pressure;
  std::optional<double> memory_pressure;
  std::optional<double> io_pressure;
};

/// The sample that lies between two readings. A total that went down (the container was restarted) counts from 0; a
/// rate is absent where either reading lacks it or no time has passed.
[[nodiscard]] StatSample difference(const StatCounters& before, const StatCounters& now);

}  // namespace taffrail
