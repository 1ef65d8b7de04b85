#include "history/metric/metric_point.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace taffrail::history {

Time begin_of(std::int64_t step, Duration length) {
  const std::int64_t most = whole_steps(Time::max().time_since_epoch().count(), length.count());
  return Time(length * std::clamp(step, -most, most));
}

StatSample MetricPoint::sample(Duration length) const {
  StatSample sample;
  sample.time = begin_of(step, length);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i].given()) sample.*all_metrics[i].value = static_cast<double>(values[i].mean);
  return sample;
}

void MetricSteps::Sum::add(const MetricExtent& value, double weight_of, MetricKind kind) {
  if (!value.given()) return;
  if (kind == MetricKind::newest) {
    weighed = static_cast<double>(value.mean);
    weight = 1;
    least = greatest = value.mean;
    return;
  }
  least = weight == 0 ? value.least : std::min(least, value.least);
  greatest = weight == 0 ? value.greatest : std::max(greatest, value.greatest);
  weighed += static_cast<double>(value.mean) * weight_of;
  weight += weight_of;
}

MetricSteps::Sums& MetricSteps::sums_of(std::int64_t step) {
  if (!last_ || last_step_ != step) {
    last_ = &sums_.try_emplace(step).first->second;
    last_step_ = step;
  }
  return *last_;
}

void MetricSteps::add(const PackedSample& sample) {
  Sums& sums = sums_of(step_of(sample.time(), length_));
  const StatSample unpacked = sample.unpack();
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const std::optional<double>& given = unpacked.*all_metrics[i].value;
    if (!given) continue;
    const auto value = static_cast<float>(*given);
    sums[i].add({value, value, value}, 1, all_metrics[i].kind);
  }
}

void MetricSteps::add(const MetricPoint& point, Duration length) {
  Sums& sums = sums_of(step_of(begin_of(point.step, length), length_));
  const double weight = std::chrono::duration<double>(length).count();
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i].add(point.values[i], weight, all_metrics[i].kind);
}

std::vector<MetricPoint> MetricSteps::points() const {
  std::vector<MetricPoint> points;
  points.reserve(sums_.size());
  for (const auto& [step, sums] : sums_) {
    MetricPoint& point = points.emplace_back();
    point.step = step;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const Sum& sum = sums[i];
      if (sum.weight == 0) continue;
      const auto mean = static_cast<float>(sum.weighed / sum.weight);
      // Rounding may have put it beyond what it lies between.
      point.values[i] = {sum.least, std::clamp(mean, sum.least, sum.greatest), sum.greatest};
    }
  }
  return points;
}

}  // namespace taffrail::history
