#include "api/stats_series.hpp"

#include <cstdint>
#include <optional>
#include <span>

#include "model/json.hpp"

namespace taffrail::api {
namespace {

std::optional<double> mean(std::span<const StatSample> samples, std::optional<double> StatSample::* field) {
  double sum = 0;
  std::size_t count = 0;
  for (const StatSample& sample : samples)
    if (const auto& value = sample.*field) {
      sum += *value;
      ++count;
    }
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

StatSample combine(std::span<const StatSample> samples) {
  StatSample out = samples.back();
  for (const Metric& metric : all_metrics)
    if (metric.kind != MetricKind::newest) out.*metric.value = mean(samples, metric.value);
  return out;
}

}  // namespace

std::vector<StatSample> cut_series(const std::vector<PackedSample>& samples, const SeriesRange& range) {
  std::vector<StatSample> inside;
  for (const PackedSample& sample : samples)
    if (sample.time() >= range.since && sample.time() < range.until) inside.push_back(sample.unpack());
  if (range.step <= Duration::zero()) return inside;
  const auto step_of = [&range](const StatSample& sample) { return sample.time.time_since_epoch() / range.step; };
  std::vector<StatSample> out;
  for (std::size_t first = 0; first < inside.size();) {
    std::size_t end = first + 1;
    while (end < inside.size() && step_of(inside[end]) == step_of(inside[first])) ++end;
    out.push_back(combine(std::span(inside).subspan(first, end - first)));
    first = end;
  }
  return out;
}

void append_samples(std::string& out, const std::vector<StatSample>& samples) {
  out += R"(,"samples":[)";
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (i > 0) out += ',';
    append_json(out, samples[i]);
  }
  out += ']';
}

}  // namespace taffrail::api
