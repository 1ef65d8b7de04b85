#include "model/stats.hpp"

#include <cmath>
#include <limits>

namespace taffrail {
namespace {

/// How much a total grew. One that went down was reset, and has grown by what it shows.
std::optional<double> growth(std::optional<std::uint64_t> before, std::optional<std::uint64_t> now) {
  if (!before || !now) return std::nullopt;
  return static_cast<double>(*now >= *before ? *now - *before : *now);
}

}  // namespace

StatSample difference(const StatCounters& before, const StatCounters& now) {
  StatSample sample;
  sample.time = now.time;
  const double nanoseconds = static_cast<double>((now.steady - before.steady).count());
  for (const Metric& metric : all_metrics) {
    std::optional<double>& value = sample.*metric.value;
    switch (metric.kind) {
      case MetricKind::gauge:
      case MetricKind::newest:
        if (const auto& present = now.*metric.counter) value = static_cast<double>(*present);
        break;
      case MetricKind::share:
      case MetricKind::per_second:
        if (nanoseconds <= 0) break;
        value = growth(before.*metric.counter, now.*metric.counter);
        if (value) *value /= metric.kind == MetricKind::share ? nanoseconds : nanoseconds / 1e9;
        break;
    }
  }
  return sample;
}

PackedSample::PackedSample(const StatSample& sample) : time_(sample.time) {
  for (std::size_t i = 0; i < all_metrics.size(); ++i) {
    const std::optional<double>& value = sample.*all_metrics[i].value;
    values_[i] = value ? static_cast<float>(*value) : std::numeric_limits<float>::quiet_NaN();
  }
}

StatSample PackedSample::unpack() const {
  StatSample sample;
  sample.time = time_;
  for (std::size_t i = 0; i < all_metrics.size(); ++i)
    if (!std::isnan(values_[i])) sample.*all_metrics[i].value = static_cast<double>(values_[i]);
  return sample;
}

}  // namespace taffrail
