#include "pipeline/pipeline_metrics.hpp"

#include <utility>

namespace taffrail {

PipelineMetrics::PipelineMetrics(prometheus::Registry& registry)
    : lines_family(prometheus::BuildCounter()
                       .Name("taffrail_lines_total")
                       .Help("Log lines read live, by kind of source.")
                       .Register(registry)),
      bytes_family(prometheus::BuildCounter()
                       .Name("taffrail_bytes_total")
                       .Help("Bytes of log lines read live, by kind of source.")
                       .Register(registry)),
      gaps_family(prometheus::BuildCounter()
                      .Name("taffrail_gaps_total")
                      .Help("Gaps that a consumer was told of, also those of which nobody can know the lines.")
                      .Register(registry)),
      gap_lines_family(prometheus::BuildCounter()
                           .Name("taffrail_gap_lines_total")
                           .Help("Lines that a consumer was told are missing, where their number is known.")
                           .Register(registry)),
      readers(prometheus::BuildGauge()
                  .Name("taffrail_readers")
                  .Help("Open live readings of container logs; viewers of one container share one.")
                  .Register(registry)
                  .Add({})) {
  for (const auto& [consumer, reason] :
       {std::pair("reader", "rotated"), std::pair("reader", "engine"), std::pair("viewer", "rotated"),
        std::pair("viewer", "engine"), std::pair("viewer", "slow_consumer")}) {
    gaps_family.Add({{"consumer", consumer}, {"reason", reason}});  // so that a rate has its beginning
    gap_lines_family.Add({{"consumer", consumer}, {"reason", reason}});
  }
}

void PipelineMetrics::count_gap(const std::string& consumer, const Gap& gap) {
  const prometheus::Labels labels{{"consumer", consumer}, {"reason", gap.reason}};
  gaps_family.Add(labels).Increment();
  if (gap.lines) gap_lines_family.Add(labels).Increment(static_cast<double>(*gap.lines));
}

}  // namespace taffrail
