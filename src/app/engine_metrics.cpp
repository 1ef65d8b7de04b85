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
  return {std::move(family), refused()};
}

prometheus::MetricFamily EngineMetrics::refused() const {
  prometheus::MetricFamily family{"taffrail_engine_refused_total",
                                  "What container engines said that was left out, for it is malformed or too much.",
                                  prometheus::MetricType::Counter,
                                  {}};
  const auto add = [&](const char* what, std::uint64_t docker::Refusals::* count) {
    prometheus::ClientMetric metric;
    metric.label = {{"what", what}};
    for (const docker::DockerSource* engine : engines_)
      metric.counter.value += static_cast<double>(engine->refusals().*count);
    family.metric.push_back(std::move(metric));
  };
  add("list_entry", &docker::Refusals::entries);
  add("duplicate_id", &docker::Refusals::duplicates);
  add("label", &docker::Refusals::labels);
  add("event", &docker::Refusals::events);
  add("unlisted_container", &docker::Refusals::strangers);
  add("log_path", &docker::Refusals::paths);
  return family;
}

}  // namespace taffrail
