#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <utility>
#include <vector>

#include "source/docker/docker_source.hpp"

namespace taffrail {

/// `taffrail_engine_requests_total{endpoint,result}`: what was asked of all engines together;
/// `taffrail_engine_refused_total{what}`: what they said that was not taken.
class EngineMetrics final : public prometheus::Collectable {
 public:
  /// @param engines outlive this
  explicit EngineMetrics(std::vector<const docker::DockerSource*> engines) : engines_(std::move(engines)) {}
  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  [[nodiscard]] prometheus::MetricFamily refused() const;

  std::vector<const docker::DockerSource*> engines_;
};

}  // namespace taffrail
