#include "app/owner_metrics.hpp"

#include <chrono>
#include <limits>
#include <utility>

namespace taffrail {

std::vector<prometheus::MetricFamily> OwnerMetrics::Collect() const {
  const LagHistogram& lags = watch_.histogram();
  prometheus::ClientMetric lag;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < lags.counts().size(); ++i) {
    count += lags.counts().at(i);
    const double bound =
        i < LagHistogram::bounds.size() ? LagHistogram::bounds.at(i) : std::numeric_limits<double>::infinity();
    lag.histogram.bucket.push_back({.cumulative_count = count, .upper_bound = bound});
  }
  lag.histogram.sample_count = count;
  lag.histogram.sample_sum = lags.sum_seconds();
  prometheus::ClientMetric longest;
  longest.gauge.value = std::chrono::duration<double>(lags.longest()).count();
  prometheus::ClientMetric stalls;
  stalls.counter.value = static_cast<double>(watch_.stalls());
  return {{"taffrail_owner_lag_seconds",
           "How long what was ready waited for the owner thread, looked at every 10 ms.",
           prometheus::MetricType::Histogram,
           {std::move(lag)}},
          {"taffrail_owner_longest_lag_seconds",
           "The longest of these since the start.",
           prometheus::MetricType::Gauge,
           {std::move(longest)}},
          {"taffrail_owner_stalls_total",
           "How often it was 200 ms and more; the log says what ran.",
           prometheus::MetricType::Counter,
           {std::move(stalls)}}};
}

}  // namespace taffrail
