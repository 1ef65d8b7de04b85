#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "base/queue_levels.hpp"
#include "base/task_group.hpp"
#include "base/worker_pool.hpp"
#include "pipeline/log_hub.hpp"
#include "pipeline/log_origin.hpp"
#include "pipeline/memory_budget.hpp"
#include "pipeline/pipeline_metrics.hpp"
#include "pipeline/registry.hpp"
#include "pipeline/sampler.hpp"
#include "pipeline/source_gate.hpp"
#include "pipeline/source_set.hpp"

namespace taffrail {

struct PipelineOptions {
  std::uint64_t memory_bytes = MemoryBudget::default_bytes;  ///< of lines, for the whole server
};

/// Floor 4 as one object: what exists (registry), its lines (hub), its metrics (sampler). Lives on the owner thread.
///
///     sources ──> registry ──> observers (live pages)
///        │  └───> sampler  ──> watches
///        └ open_log ─> LogStream (one reader per container) ─> ring ─┬> LogConsumer (owed every line)
///                                                                    └> LogRead (one per viewer) <─ LogOrigin
class Pipeline {
 public:
  Pipeline(Executor executor, WorkerPool& workers, const Clock& clock, std::vector<std::unique_ptr<Source>> sources,
           Registry::Admission admission, prometheus::Registry& metrics, TaskGroup::Report report,
           const PipelineOptions& options = {});

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
  /// For the filters that readers write: threads of their own, below everybody else's priority, so that a dear one
  /// holds up only its like.
  [[nodiscard]] WorkerPool& filter_workers() { return filter_workers_; }
  [[nodiscard]] MemoryBudget& memory() { return memory_; }
  [[nodiscard]] LogOrigin& origin() { return origin_; }
  /// The sources alone, for whoever answers before them.
  [[nodiscard]] LogOrigin& source_origin() { return source_origin_; }
  /// From now on reads of what was written before go to `origin`, which outlives that; null: to the sources again.
  void read_from(LogOrigin* origin) { origin_.set(origin ? *origin : source_origin_); }
  /// Runs a task of a LogRead, which may go before the task has ended.
  void spawn_read(std::string name, Task<> task) { reads_.spawn(std::move(name), std::move(task)); }
  [[nodiscard]] const Executor& executor() const { return executor_; }
  [[nodiscard]] const Clock& clock() const { return clock_; }
  [[nodiscard]] PipelineMetrics& metrics() { return metrics_; }

 private:
  Executor executor_;
  WorkerPool& workers_;
  const Clock& clock_;
  PipelineMetrics metrics_;
  MemoryBudget memory_;
  WorkerPool filter_workers_;
  SourceSet sources_;
  Registry registry_;
  Sampler sampler_;
  std::vector<std::unique_ptr<SourceGate>> gates_;  // of the source at the same index
  SourceOrigin source_origin_;
  CurrentOrigin origin_;
  LogHub hub_;
  TaskGroup reads_;
  TaskGroup tasks_;
};

}  // namespace taffrail
