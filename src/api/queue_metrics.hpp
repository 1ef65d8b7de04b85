#pragma once

#include <functional>
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <utility>
#include <vector>

#include "base/queue_levels.hpp"

namespace taffrail::api {

/// `taffrail_queue_depth{queue}` and `taffrail_queue_bound{queue}`, asked for when somebody looks: one entry per kind
/// of queue, however many of it there are.
class QueueMetrics final : public prometheus::Collectable {
 public:
  /// @param ask adds the present levels; on the owner thread
  explicit QueueMetrics(std::function<void(QueueLevels&)> ask) : ask_(std::move(ask)) {}
  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  std::function<void(QueueLevels&)> ask_;
};

}  // namespace taffrail::api
