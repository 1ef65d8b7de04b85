#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "model/stats.hpp"
#include "pipeline/sampler.hpp"

namespace taffrail::api {

/// Which samples of a series, and how coarse.
struct SeriesRange {
  Time since = Time::min();
  Time until = Time::max();
  Duration step{0};
};

/// The samples in [since, until), put together in steps: each step that has samples becomes one sample with the time of
/// its last, the means of rates, ratios and gauges, and the last of limits and totals. A step of 0 leaves all as they
/// are. Steps lie on multiples of `step` since 1970, so that the same question asked later cuts at the same places.
[[nodiscard]] std::vector<StatSample> cut_series(const std::vector<PackedSample>& samples, const SeriesRange& range);

/// Appends `,"samples":[…]` to an object that has begun.
void append_samples(std::string& out, const std::vector<StatSample>& samples);

}  // namespace taffrail::api
