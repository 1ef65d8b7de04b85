#include "app/history_metrics.hpp"

#include <string>
#include <utility>

namespace taffrail {
namespace {

prometheus::MetricFamily family(std::string name, std::string help, prometheus::MetricType type, double value) {
  prometheus::ClientMetric metric;
  if (type == prometheus::MetricType::Counter)
    metric.counter.value = value;
  else
    metric.gauge.value = value;
  return {std::move(name), std::move(help), type, {std::move(metric)}};
}

}  // namespace

std::vector<prometheus::MetricFamily> HistoryMetrics::Collect() const {
  using prometheus::MetricType;
  const history::BlockSums& sums = history_.catalogue().sums();
  const history::Ingest::State& ingest = history_.ingest();
  const history::Upkeep::State& upkeep = history_.upkeep();
  const auto number = [](auto value) { return static_cast<double>(value); };
  const history::MetricHistory* metrics = history_.metrics();
  const history::MetricHistory::State kept = metrics ? metrics->state() : history::MetricHistory::State();
  return {
      family("taffrail_metric_history_bytes", "Bytes of stored metrics and events, as of the last ten minutes.",
             MetricType::Gauge, number(kept.bytes)),
      family("taffrail_metric_history_lost_total", "Samples, frames of samples and events that could not be stored.",
             MetricType::Counter, number(kept.lost)),
      family("taffrail_metric_history_damaged_total", "Stored blocks of metrics that could not be read.",
             MetricType::Counter, number(kept.damaged)),
      family("taffrail_metric_history_failing", "1 while metrics and events cannot be written.", MetricType::Gauge,
             kept.failing_since ? 1 : 0),
      family("taffrail_history_bytes", "Bytes of stored blocks.", MetricType::Gauge, number(sums.size)),
      family("taffrail_history_lines", "Lines that are stored.", MetricType::Gauge, number(sums.lines)),
      family("taffrail_history_blocks", "Blocks that are stored.", MetricType::Gauge, number(sums.blocks)),
      family("taffrail_history_logs", "Containers of which something is stored.", MetricType::Gauge,
             number(history_.catalogue().logs().size())),
      family("taffrail_history_written_lines_total", "Lines that were stored.", MetricType::Counter,
             number(ingest.written_lines)),
      family("taffrail_history_written_bytes_total", "Bytes of blocks that were written.", MetricType::Counter,
             number(ingest.written_bytes)),
      family("taffrail_history_lost_lines_total", "Lines that could not be stored.", MetricType::Counter,
             number(ingest.lost)),
      family("taffrail_history_dropped_lines_total", "Lines that retention took away.", MetricType::Counter,
             number(upkeep.dropped_lines)),
      family("taffrail_history_merges_total", "Merges of blocks.", MetricType::Counter, number(upkeep.merges)),
      family("taffrail_history_damaged_blocks_total", "Blocks that were found damaged.", MetricType::Counter,
             number(upkeep.damaged)),
      family("taffrail_history_failing", "1 while nothing can be written.", MetricType::Gauge,
             ingest.failing_since ? 1 : 0)};
}

}  // namespace taffrail
