#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <vector>

#include "history/history.hpp"

namespace taffrail {

/// What history has, and what it does.
class HistoryMetrics final : public prometheus::Collectable {
 public:
  /// @param history outlives this
  explicit HistoryMetrics(const history::History& history) : history_(history) {}
  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const history::History& history_;
};

}  // namespace taffrail
