#pragma once

#include <vector>

#include "base/clock.hpp"
#include "model/stats.hpp"

namespace taffrail::api {

/// The samples in [since, until), put together in steps: each step that has samples becomes one sample with the time of
/// its last, the means of rates, ratios and gauges, and the last of limits and totals. A step of 0 leaves all as they
/// are. Steps lie on multiples of `step` since 1970, so that the same question asked later cuts at the same places.
[[nodiscard]] std::vector<StatSample> cut_series(const std::vector<StatSample>& samples, Time since, Time until,
                                                 Duration step);

}  // namespace taffrail::api
