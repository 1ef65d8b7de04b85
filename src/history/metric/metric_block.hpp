#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "history/metric/metric_point.hpp"

namespace taffrail::history {

/// Points of a block at most; a reader takes more for damage, so what hostile bytes can make it hold is 1.5 MB.
inline constexpr std::size_t max_block_points = 8192;

/// How exactly values are stored.
enum class Exactness : std::uint8_t {
  sampled,  ///< whole numbers as they are, rates and ratios within 1/131,072 of themselves
  rolled,   ///< limits and totals as they are, all others within 1/16,384
};

/// Makes bytes of points (docs/formats/metrics.md). Zero stays zero, and what is missing stays missing.
/// @param points in strictly rising order of their steps, one to max_block_points
[[nodiscard]] std::string encode_points(std::span<const MetricPoint> points, Exactness exactness);

/// The reverse. Errors: damaged for bytes that nothing wrote, unsupported for those of a later version.
[[nodiscard]] Result<std::vector<MetricPoint>> decode_points(std::string_view bytes);

}  // namespace taffrail::history
