#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <string>

#include "model/record.hpp"

namespace taffrail {

/// The pipeline's counters, in the registry that /metrics shows.
struct PipelineMetrics {
  explicit PipelineMetrics(prometheus::Registry& registry);

  prometheus::Counter& lines(const std::string& source) { return lines_family.Add({{"source", source}}); }
  prometheus::Counter& bytes(const std::string& source) { return bytes_family.Add({{"source", source}}); }
  /// Counts a gap, and its lines where they are known.
  /// @param consumer "reader" for what a source lost, "viewer" for what one viewer was told of
  void count_gap(const std::string& consumer, const Gap& gap);

  prometheus::Family<prometheus::Counter>& lines_family;
  prometheus::Family<prometheus::Counter>& bytes_family;
  prometheus::Family<prometheus::Counter>& gaps_family;
  prometheus::Family<prometheus::Counter>& gap_lines_family;
  prometheus::Gauge& readers;
};

}  // namespace taffrail
