#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <string>

namespace taffrail {

/// The pipeline's counters, in the registry that /metrics shows.
struct PipelineMetrics {
  explicit PipelineMetrics(prometheus::Registry& registry);

  prometheus::Counter& lines(const std::string& source) { return lines_family.Add({{"source", source}}); }
  prometheus::Counter& bytes(const std::string& source) { return bytes_family.Add({{"source", source}}); }
  prometheus::Counter& gap_lines(const std::string& consumer, const std::string& reason) {
    return gap_family.Add({{"consumer", consumer}, {"reason", reason}});
  }

  prometheus::Family<prometheus::Counter>& lines_family;
  prometheus::Family<prometheus::Counter>& bytes_family;
  prometheus::Family<prometheus::Counter>& gap_family;
  prometheus::Gauge& readers;
};

}  // namespace taffrail
