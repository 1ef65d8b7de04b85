#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/disk_use.hpp"

namespace taffrail {

/// How full the disk behind one of a container's mounts is.
struct MountUse {
  std::string destination;  ///< where the container sees it
  DiskUse disk;
  friend bool operator==(const MountUse&, const MountUse&) = default;
};
/// Of those mounts of a container that could be measured, shared until they are measured again; null: of none.
using MountUses = std::shared_ptr<const std::vector<MountUse>>;

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
  MountUses mounts{};
};

/// What is shown of two successive counters: one number for each row of `all_metrics`.
struct StatSample {
  Time time;
  std::optional<double> cpu;
  std::optional<double> cpu_throttled;
  std::optional<double> memory;
  std::optional<double> memory_limit;
  std::optional<double> swap;
  std::optional<double> pids;
  std::optional<double> net_rx;
  std::optional<double> net_tx;
  std::optional<double> block_read;
  std::optional<double> block_write;
  std::optional<double> oom_kills;
  std::optional<double> cpu_pressure;
  std::optional<double> memory_pressure;
  std::optional<double> io_pressure;
  friend bool operator==(const StatSample&, const StatSample&) = default;
};

/// How a metric comes from the counters, and what becomes of several samples of it that are put together.
enum class MetricKind : std::uint8_t {
  share,       ///< nanoseconds used per nanosecond passed: cores, or a ratio 0..1; the mean
  per_second,  ///< growth of a total per second; the mean
  gauge,       ///< a present whole number; the mean
  newest,      ///< a whole number of which the last one counts: a limit, a total
};

/// One metric: where it is read from, where it is kept and what it is called.
struct Metric {
  std::string_view name;  ///< in JSON
  std::string_view unit;
  MetricKind kind;
  std::optional<std::uint64_t> StatCounters::* counter;
  std::optional<double> StatSample::* value;
};

/// The one list of metrics: rates, packing, JSON and series all go by it.
inline constexpr std::array all_metrics{
    Metric{"cpu", "cores", MetricKind::share, &StatCounters::cpu_ns, &StatSample::cpu},
    Metric{"cpu_throttled", "ratio", MetricKind::share, &StatCounters::throttled_ns, &StatSample::cpu_throttled},
    Metric{"memory", "bytes", MetricKind::gauge, &StatCounters::memory, &StatSample::memory},
    Metric{"memory_limit", "bytes", MetricKind::newest, &StatCounters::memory_limit, &StatSample::memory_limit},
    Metric{"swap", "bytes", MetricKind::gauge, &StatCounters::swap, &StatSample::swap},
    Metric{"pids", "processes", MetricKind::gauge, &StatCounters::pids, &StatSample::pids},
    Metric{"net_rx", "bytes/s", MetricKind::per_second, &StatCounters::net_rx, &StatSample::net_rx},
    Metric{"net_tx", "bytes/s", MetricKind::per_second, &StatCounters::net_tx, &StatSample::net_tx},
    Metric{"block_read", "bytes/s", MetricKind::per_second, &StatCounters::block_read, &StatSample::block_read},
    Metric{"block_write", "bytes/s", MetricKind::per_second, &StatCounters::block_write, &StatSample::block_write},
    Metric{"oom_kills", "kills", MetricKind::newest, &StatCounters::oom_kills, &StatSample::oom_kills},
    Metric{"cpu_pressure", "ratio", MetricKind::share, &StatCounters::cpu_pressure_ns, &StatSample::cpu_pressure},
    Metric{"memory_pressure", "ratio", MetricKind::share, &StatCounters::memory_pressure_ns,
           &StatSample::memory_pressure},
    Metric{"io_pressure", "ratio", MetricKind::share, &StatCounters::io_pressure_ns, &StatSample::io_pressure},
};

/// Whether a metric's values are whole numbers.
[[nodiscard]] constexpr bool is_whole(MetricKind kind) {
  return kind == MetricKind::gauge || kind == MetricKind::newest;
}

/// The sample that lies between two readings. A total that went down (the container was restarted) counts from 0; a
/// rate is absent where either reading lacks it or no steady time has passed. What the wall clock does changes nothing.
[[nodiscard]] StatSample difference(const StatCounters& before, const StatCounters& now);

/// A sample in a third of its size, as many of them are kept: floats, for meters are no more exact than that.
class PackedSample {
 public:
  PackedSample() = default;
  explicit PackedSample(const StatSample& sample);
  [[nodiscard]] StatSample unpack() const;
  [[nodiscard]] Time time() const { return time_; }

 private:
  Time time_;
  std::array<float, all_metrics.size()> values_{};  // NaN: absent
};

/// A container's newest sample, with its mounts as they are at that time.
struct LatestSample {
  PackedSample sample;
  MountUses mounts;
};

}  // namespace taffrail
