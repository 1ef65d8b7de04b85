#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <vector>

#include "alert/engine/alerts.hpp"

namespace taffrail {

/// What alerts do: matches, deliveries and what waits of each destination, and what the rules cost.
class AlertMetrics final : public prometheus::Collectable {
 public:
  /// @param alerts outlives this
  explicit AlertMetrics(const alert::Alerts& alerts) : alerts_(alerts) {}
  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const alert::Alerts& alerts_;
};

}  // namespace taffrail
