#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <vector>

#include "base/owner_watch.hpp"

namespace taffrail {

/// `taffrail_owner_lag_seconds`: for how long the owner thread kept what was ready waiting; the longest of these since
/// the start, and how often it was longer than OwnerWatch::Options::stall.
class OwnerMetrics final : public prometheus::Collectable {
 public:
  /// @param watch outlives this
  explicit OwnerMetrics(const OwnerWatch& watch) : watch_(watch) {}
  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const OwnerWatch& watch_;
};

}  // namespace taffrail
