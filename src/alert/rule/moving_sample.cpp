#include "alert/rule/moving_sample.hpp"

#include <algorithm>
#include <limits>

namespace taffrail::alert {
namespace {

using Aggregate = RuleSpec::Aggregate;

std::int64_t floor_divided(Duration by, Duration width) {
  const std::int64_t whole = by / width;
  return by < width * whole ? whole - 1 : whole;
}

}  // namespace

MovingSample::Bucket& MovingSample::bucket_of(std::int64_t index, Time time) {
  const auto at = std::ranges::lower_bound(buckets_, index, {}, &Bucket::index);
  if (at != buckets_.end() && at->index == index) return *at;
  return *buckets_.insert(at, Bucket{.index = index, .time = time});
}

StatSample MovingSample::add(const StatSample& sample) {
  const std::int64_t index = floor_divided(sample.time.time_since_epoch(), width_);
  if (!buckets_.empty() && sample.time < moved(newest_.time, -std::chrono::minutes(1))) buckets_.clear();
  if (buckets_.empty() || sample.time >= newest_.time) newest_ = sample;
  const std::int64_t last = floor_divided(newest_.time.time_since_epoch(), width_);
  std::erase_if(buckets_, [&](const Bucket& b) { return b.index <= last - static_cast<std::int64_t>(most_buckets); });
  if (index <= last - static_cast<std::int64_t>(most_buckets)) return together();
  Bucket& bucket = bucket_of(index, sample.time);
  for (std::size_t i = 0; i < all_metrics.size(); ++i) {
    const std::optional<double>& value = sample.*all_metrics[i].value;
    std::uint16_t& count = bucket.counts[i];
    if (!value || count == std::numeric_limits<std::uint16_t>::max()) continue;
    double& kept = bucket.values[i];
    switch (aggregate_) {
      case Aggregate::avg: kept += *value; break;
      case Aggregate::max: kept = count == 0 ? *value : std::max(kept, *value); break;
      case Aggregate::rate:
        // A bucket tells how it began; a metric that came later tells from the next bucket on.
        if (sample.time != bucket.time || count != 0) continue;
        kept = *value;
        break;
    }
    ++count;
  }
  return together();
}

StatSample MovingSample::together() const {
  StatSample result;
  result.time = newest_.time;
  for (std::size_t i = 0; i < all_metrics.size(); ++i) {
    const Metric& metric = all_metrics[i];
    std::optional<double>& value = result.*metric.value;
    const std::optional<double>& last = newest_.*metric.value;
    const bool limit = metric.value == &StatSample::memory_limit;
    if (limit || (metric.kind == MetricKind::newest && aggregate_ != Aggregate::rate)) {
      value = last;
      continue;
    }
    double sum = 0;
    std::uint64_t count = 0;
    for (const Bucket& bucket : buckets_) {
      if (bucket.counts[i] == 0) continue;
      if (aggregate_ == Aggregate::rate) {
        const double seconds = std::chrono::duration<double>(newest_.time - bucket.time).count();
        // A total that went down began again from 0.
        const bool again = metric.kind == MetricKind::newest && last && *last < bucket.values[i];
        if (last && seconds > 0) value = (*last - (again ? 0 : bucket.values[i])) / seconds;
        break;
      }
      sum = aggregate_ == Aggregate::avg ? sum + bucket.values[i]
            : count == 0                 ? bucket.values[i]
                                         : std::max(sum, bucket.values[i]);
      count += bucket.counts[i];
    }
    if (count > 0) value = aggregate_ == Aggregate::avg ? sum / static_cast<double>(count) : sum;
  }
  return result;
}

}  // namespace taffrail::alert
