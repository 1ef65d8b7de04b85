#include "api/stats_series.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "history/metric/metric_level.hpp"
#include "model/json.hpp"

namespace taffrail::api {
namespace {

using namespace std::chrono_literals;

/// Steps that are chosen from, and how many of them there are of a range at most.
constexpr std::array<Duration, 12> steps_to_choose{10s, 30s, 1min, 2min, 5min, 10min, 30min, 1h, 3h, 6h, 24h, 168h};
constexpr Duration::rep most_points = 720;

void append_extremes(text::JsonWriter& json, std::string_view name, const history::MetricPoint& point,
                     float history::MetricExtent::* extreme) {
  json.key(name).begin_object();
  for (std::size_t i = 0; i < all_metrics.size(); ++i) {
    const history::MetricExtent& value = point.values[i];
    if (!value.given() || value.least == value.greatest) continue;
    json.key(all_metrics[i].name);
    if (is_whole(all_metrics[i].kind))
      json.value(static_cast<std::uint64_t>(value.*extreme));
    else
      json.value(static_cast<double>(value.*extreme));
  }
  json.end_object();
}

bool is_within(const PackedSample& sample, const SeriesRange& range) {
  return sample.time() >= range.since && sample.time() < range.until;
}

}  // namespace

std::vector<StatSample> cut_series(const std::vector<PackedSample>& samples, const SeriesRange& range) {
  std::vector<StatSample> inside;
  for (const PackedSample& sample : samples)
    if (is_within(sample, range)) inside.push_back(sample.unpack());
  return inside;
}

void append_samples(std::string& out, const std::vector<StatSample>& samples) {
  out += R"(,"samples":[)";
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (i > 0) out += ',';
    append_json(out, samples[i]);
  }
  out += ']';
}

void append_points(std::string& out, const std::vector<history::MetricPoint>& points, Duration step) {
  out += R"(,"samples":[)";
  text::JsonWriter json(out);
  for (const history::MetricPoint& point : points) {
    json.begin_object();
    append_members(json, point.sample(step));
    append_extremes(json, "min", point, &history::MetricExtent::least);
    append_extremes(json, "max", point, &history::MetricExtent::greatest);
    json.end_object();
  }
  out += ']';
}

Duration chosen_step(Time since, Time until) {
  // Halved, so that the difference of two ends of time is one.
  const Duration half = until.time_since_epoch() / 2 - since.time_since_epoch() / 2;
  const auto* fits =
      std::ranges::find_if(steps_to_choose, [half](Duration step) { return half / step < most_points / 2; });
  return fits == steps_to_choose.end() ? steps_to_choose.back() : *fits;
}

Time seam_of(const std::vector<PackedSample>& samples) {
  if (samples.empty()) return Time::max();
  return history::begin_of(history::step_of(samples.front().time(), history::finest_step), history::finest_step);
}

void add_samples(history::MetricSteps& steps, const std::vector<PackedSample>& samples, const SeriesRange& range,
                 Duration step) {
  history::MetricSteps fine(history::finest_step);
  for (const PackedSample& sample : samples) {
    if (!is_within(sample, range)) continue;
    if (step < history::finest_step)
      steps.add(sample);
    else
      fine.add(sample);
  }
  for (const history::MetricPoint& point : fine.points()) steps.add(point, history::finest_step);
}

}  // namespace taffrail::api
