#include "pipeline/pipeline_metrics.hpp"

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
      gap_family(prometheus::BuildCounter()
                     .Name("taffrail_gap_lines_total")
                     .Help("Lines that a consumer was told are missing.")
                     .Register(registry)),
      readers(prometheus::BuildGauge()
                  .Name("taffrail_readers")
                  .Help("Open live readings of container logs; viewers of one container share one.")
                  .Register(registry)
                  .Add({})) {}

}  // namespace taffrail
