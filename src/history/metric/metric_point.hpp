#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

#include "base/clock.hpp"
#include "model/stats.hpp"

namespace taffrail::history {

/// What a metric was within a step of time, in its own unit. All three are NaN where it was not given.
struct MetricExtent {
  float least = std::numeric_limits<float>::quiet_NaN();
  float mean = std::numeric_limits<float>::quiet_NaN();
  float greatest = std::numeric_limits<float>::quiet_NaN();

  [[nodiscard]] bool given() const { return mean == mean; }
};

/// The metrics of one container within a step of time, at the index of `all_metrics`.
struct MetricPoint {
  std::int64_t step = 0;  ///< its number since 1970: it begins at `step` times the length of a step
  std::array<MetricExtent, all_metrics.size()> values;

  /// The means, with the time at which the step begins.
  /// @param length of its step
  [[nodiscard]] StatSample sample(Duration length) const;
};

/// `value / by`, rounded down.
[[nodiscard]] constexpr std::int64_t whole_steps(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}
/// The step that a time lies in.
[[nodiscard]] constexpr std::int64_t step_of(Time time, Duration length) {
  return whole_steps(time.time_since_epoch().count(), length.count());
}
/// When a step begins, or the nearest time that there is.
[[nodiscard]] Time begin_of(std::int64_t step, Duration length);

/// Puts samples, and points of shorter steps, together into points of one length: the least and the greatest of all,
/// the mean by the time that each stands for, and of limits and totals what was added last. What a metric lacks in one
/// of them is no zero there: it counts only where it was given.
class MetricSteps {
 public:
  explicit MetricSteps(Duration length) : length_(length) {}
  MetricSteps(MetricSteps&&) = default;
  MetricSteps& operator=(MetricSteps&&) = default;

  void add(const PackedSample& sample);
  /// @param length of the point's step. A longer one than this has stands where it begins.
  void add(const MetricPoint& point, Duration length);
  [[nodiscard]] bool empty() const { return sums_.empty(); }
  /// What was added, in the order of steps.
  [[nodiscard]] std::vector<MetricPoint> points() const;

 private:
  struct Sum {
    double weighed = 0;
    double weight = 0;
    float least = 0;
    float greatest = 0;
    void add(const MetricExtent& value, double weight_of, MetricKind kind);
  };
  using Sums = std::array<Sum, all_metrics.size()>;
  Sums& sums_of(std::int64_t step);

  Duration length_;
  std::map<std::int64_t, Sums> sums_;
  std::int64_t last_step_ = 0;  // where was added last, for most points come in order; null: nowhere yet
  Sums* last_ = nullptr;
};

}  // namespace taffrail::history
