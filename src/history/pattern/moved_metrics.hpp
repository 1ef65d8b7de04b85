#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "history/metric/metric_history.hpp"

namespace taffrail::history {

/// Whose metrics and events are compared, and when.
struct MetricComparison {
  /// Of so many containers metrics are read, the first ones: some 20 ms of a worker.
  static constexpr std::size_t max_containers = 100;
  /// Events of each time at most, the newest.
  static constexpr std::size_t max_events = 10'000;

  std::vector<ContainerId> containers;
  /// Others, with all of which all of these are compared. Nothing: each of them is compared with itself at another
  /// time.
  std::optional<std::vector<ContainerId>> base;
  Time since;
  Time until;
  Time base_since;
  Time base_until;
};

/// A metric that was another.
struct MovedMetric {
  std::optional<std::size_t> container;  ///< its place among those that were given; nothing: of all together
  std::size_t metric = 0;                ///< in all_metrics
  double surprise = 0;                   ///< `surprise_of_means`
  double mean = 0;
  double base_mean = 0;
};

/// Events of one kind, of which there were more or fewer.
struct MovedEvent {
  std::optional<std::size_t> container;
  std::string action;
  std::uint64_t count = 0;
  std::uint64_t base_count = 0;
  double surprise = 0;  ///< by their number for the same time and number of containers; negative: fewer
};

struct MovedMetrics {
  std::vector<MovedMetric> metrics;  ///< those that moved most, at most ten
  std::vector<MovedEvent> events;    ///< likewise
};

/// Compares what is stored of containers' metrics, and their events. Errors: the store's.
[[nodiscard]] Task<Result<MovedMetrics>> compare_metrics(MetricHistory& metrics, WorkerPool& workers,
                                                         MetricComparison comparison);

/// Points of one container, or of all, in two times.
struct ComparedPoints {
  std::optional<std::size_t> container;
  std::vector<MetricPoint> points;
  std::vector<MetricPoint> base;
};
/// The metrics whose means differ by a fifth at least, and by more than anybody minds, those that moved most first.
[[nodiscard]] std::vector<MovedMetric> moved_metrics(std::span<const ComparedPoints> compared);

}  // namespace taffrail::history
