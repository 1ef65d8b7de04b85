#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "history/metric/metric_point.hpp"

namespace taffrail::history {

/// How finely points are kept, by their age.
struct MetricLevel {
  Duration length;  ///< of a step
  Duration window;  ///< of a block: all of its points lie within one
  Duration after;   ///< the points of blocks that ended so long ago stand here
  Duration batch;   ///< and are moved when there are so many of them: a block of this level is written anew each time
};

/// Larger windows make larger blocks, which lose less to the pages that they lie on; they cost a reader of a short
/// range more, and each moving of points.
inline constexpr std::array metric_levels{
    MetricLevel{std::chrono::seconds(10), std::chrono::minutes(10), std::chrono::seconds(0), std::chrono::seconds(0)},
    MetricLevel{std::chrono::minutes(1), std::chrono::hours(24), std::chrono::hours(6), std::chrono::hours(6)},
    MetricLevel{std::chrono::minutes(10), std::chrono::hours(192), std::chrono::hours(48), std::chrono::hours(24)},
};
/// The step that everything begins with.
inline constexpr Duration finest_step = metric_levels.front().length;

/// The window of a level that a step of it lies in.
[[nodiscard]] constexpr std::int64_t window_of(std::int64_t step, const MetricLevel& level) {
  return whole_steps(step, level.window / level.length);
}

}  // namespace taffrail::history
