#include "api/queue_metrics.hpp"

namespace taffrail::api {
namespace {

prometheus::ClientMetric gauge(const std::string& queue, std::size_t value) {
  prometheus::ClientMetric metric;
  metric.label = {{"queue", queue}};
  metric.gauge.value = static_cast<double>(value);
  return metric;
}

}  // namespace

std::vector<prometheus::MetricFamily> QueueMetrics::Collect() const {
  QueueLevels levels;
  ask_(levels);
  using prometheus::MetricType;
  prometheus::MetricFamily depth{"taffrail_queue_depth",
                                 "Entries in the fullest queue of a kind, or bytes where its name says so.",
                                 MetricType::Gauge,
                                 {}};
  prometheus::MetricFamily bound{
      "taffrail_queue_bound",
      "The most that the fullest queue of a kind holds. One without has none of its own: each "
      "reader and request has at most one entry in it.",
      MetricType::Gauge,
      {}};
  for (const auto& [queue, level] : levels.all()) {
    depth.metric.push_back(gauge(queue, level.depth));
    if (level.bound) bound.metric.push_back(gauge(queue, *level.bound));
  }
  return {std::move(depth), std::move(bound)};
}

}  // namespace taffrail::api
