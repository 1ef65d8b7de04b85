#include "app/engine_metrics.hpp"

namespace taffrail {

std::vector<prometheus::MetricFamily> EngineMetrics::Collect() const {
  docker::RequestCounts sums;
  for (const docker::DockerSource* engine : engines_)
    for (const auto& [request, count] : engine->request_counts()) sums[request] += count;
  prometheus::MetricFamily family{"taffrail_engine_requests_total",
                                  "Requests to container engines, by what was asked and how it went.",
                                  prometheus::MetricType::Counter,
                                  {}};
  for (const auto& [request, count] : sums) {
    prometheus::ClientMetric metric;
    metric.label = {{"endpoint", request.first}, {"result", request.second}};
    metric.counter.value = static_cast<double>(count);
    family.metric.push_back(std::move(metric));
  }
  return {std::move(family)};
}

}  // namespace taffrail
