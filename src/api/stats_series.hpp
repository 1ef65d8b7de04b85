#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "history/metric/metric_point.hpp"
#include "model/stats.hpp"
#include "pipeline/sampler.hpp"

namespace taffrail::api {

/// Which samples of a series.
struct SeriesRange {
  Time since = Time::min();
  Time until = Time::max();
};

/// The samples in [since, until).
[[nodiscard]] std::vector<StatSample> cut_series(const std::vector<PackedSample>& samples, const SeriesRange& range);

/// Appends `,"samples":[…]` to an object that has begun.
void append_samples(std::string& out, const std::vector<StatSample>& samples);

/// The same of points: means with the time at which their steps begin, and the least and the greatest of those metrics
/// that did not stand still within.
void append_points(std::string& out, const std::vector<history::MetricPoint>& points, Duration step);

/// The step that gives some hundred points of a range.
[[nodiscard]] Duration chosen_step(Time since, Time until);

/// Where a container's series goes over from what is stored to what the sampler holds: the beginning of the step in
/// which the oldest sample lies. Nothing is asked of both sides. @param samples oldest first
[[nodiscard]] Time seam_of(const std::vector<PackedSample>& samples);

/// Adds the samples in [since, until), each step of ten seconds weighed like a stored one.
void add_samples(history::MetricSteps& steps, const std::vector<PackedSample>& samples, const SeriesRange& range,
                 Duration step);

}  // namespace taffrail::api
