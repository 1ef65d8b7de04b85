#pragma once

#include <chrono>
#include <memory>
#include <unordered_map>

#include "base/queue_levels.hpp"
#include "base/task_group.hpp"
#include "base/worker_pool.hpp"
#include "pipeline/pipeline_metrics.hpp"
#include "pipeline/registry.hpp"

namespace taffrail {

class LogStream;

/// The live logs of this server: one LogStream per container that somebody follows, made at the first viewer and kept
/// for a while after the last, so that a reload of a page does not open the engine's log anew.
class LogHub final : private RegistryObserver {
 public:
  static constexpr std::chrono::seconds linger{15};

  LogHub(Executor executor, WorkerPool& workers, Registry& registry, PipelineMetrics& metrics,
         TaskGroup::Report report);

  /// The container's stream, started if nobody followed it before. Hold the pointer while you follow.
  [[nodiscard]] std::shared_ptr<LogStream> follow(const Container& container, Source& source);
  /// Ends every stream.
  Task<> stop();

  [[nodiscard]] std::size_t size() const { return streams_.size(); }
  void add_queues(QueueLevels& levels) const;

 private:
  void on_container(const ContainerPtr& container, const ContainerPtr& before) override;
  void on_gone(const Container& container) override;
  Task<> run_stream(std::shared_ptr<LogStream> stream);

  Executor executor_;
  WorkerPool& workers_;
  PipelineMetrics& metrics_;
  std::unordered_map<ContainerId, std::shared_ptr<LogStream>> streams_;
  Subscription observing_;
  TaskGroup tasks_;
};

}  // namespace taffrail
