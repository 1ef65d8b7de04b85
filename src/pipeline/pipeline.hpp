#pragma once

#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "base/queue_levels.hpp"
#include "base/task_group.hpp"
#include "base/worker_pool.hpp"
#include "pipeline/log_hub.hpp"
#include "pipeline/pipeline_metrics.hpp"
#include "pipeline/registry.hpp"
#include "pipeline/sampler.hpp"
#include "pipeline/source_gate.hpp"
#include "pipeline/source_set.hpp"

namespace taffrail {

/// Floor 4 as one object: what exists (registry), its lines (hub), its metrics (sampler). Lives on the owner thread.
///
///     sources ──> registry ──> observers (live pages)
///        │  └───> sampler  ──> watches
///        └ open_log ─> LogStream (one reader per container) ─> ring ─> LogRead (one per viewer)
class Pipeline {
 public:
  Pipeline(Executor executor, WorkerPool& workers, const Clock& clock, std::vector<std::unique_ptr<Source>> sources,
           Registry::Admission admission, prometheus::Registry& metrics, TaskGroup::Report report);

  /// Starts every source and the sampler.
  void start();
  /// Ends all tasks. Viewers' LogReads are gone by then.
  Task<> stop();

  /// True once every source has listed its containers, or has been found unreachable.
  [[nodiscard]] bool ready() const;

  /// Adds how full the queues of this floor and of its sources are.
  void add_queues(QueueLevels& levels) const;

  [[nodiscard]] Registry& registry() { return registry_; }
  [[nodiscard]] Sampler& sampler() { return sampler_; }
  [[nodiscard]] LogHub& hub() { return hub_; }
  [[nodiscard]] SourceSet& sources() { return sources_; }
  [[nodiscard]] WorkerPool& workers() { return workers_; }
  [[nodiscard]] const Executor& executor() const { return executor_; }
  [[nodiscard]] const Clock& clock() const { return clock_; }
  [[nodiscard]] PipelineMetrics& metrics() { return metrics_; }

 private:
  Executor executor_;
  WorkerPool& workers_;
  const Clock& clock_;
  PipelineMetrics metrics_;
  SourceSet sources_;
  Registry registry_;
  Sampler sampler_;
  std::vector<std::unique_ptr<SourceGate>> gates_;  // of the source at the same index
  LogHub hub_;
  TaskGroup tasks_;
};

}  // namespace taffrail
