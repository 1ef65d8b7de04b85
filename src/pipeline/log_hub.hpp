#pragma once

#include <chrono>
#include <list>
#include <map>
#include <memory>
#include <unordered_map>

#include "base/queue_levels.hpp"
#include "base/task_group.hpp"
#include "base/worker_pool.hpp"
#include "pipeline/log_consumer.hpp"
#include "pipeline/log_origin.hpp"
#include "pipeline/log_ring.hpp"
#include "pipeline/pipeline_metrics.hpp"
#include "pipeline/registry.hpp"

namespace taffrail {

class ConsumerFeed;
class LogStream;

/// The live logs of this server: one LogStream per container that somebody follows, viewer or consumer, made for the
/// first and kept for a while after the last, so that a reload of a page does not open the engine's log anew.
class LogHub final : private RegistryObserver {
 public:
  static constexpr std::chrono::seconds linger{15};

  LogHub(Executor executor, WorkerPool& workers, Registry& registry, SourceSet& sources, LogOrigin& origin,
         std::size_t ring_bytes, PipelineMetrics& metrics, TaskGroup::Report report);
  ~LogHub() override;

  /// The container's stream, started if nobody followed it before. Hold the pointer while you follow.
  [[nodiscard]] std::shared_ptr<LogStream> follow(const Container& container, Source& source);

  /// From now on the consumer gets every line of the containers that it wants, until `remove_consumer`.
  void add_consumer(LogConsumer& consumer);
  /// Asks the consumer again whether it wants this container: begins to give it its lines, or ends that.
  void reconsider(const LogConsumer& consumer, const ContainerId& id);
  /// The consumer needs nothing of this container up to this line any more.
  void acknowledge(const LogConsumer& consumer, const ContainerId& id, Seq seq);
  /// Returns when nothing will be given to the consumer any more.
  Task<> remove_consumer(LogConsumer& consumer);

  /// Ends every stream and feed.
  Task<> stop();

  [[nodiscard]] std::size_t size() const { return streams_.size(); }
  [[nodiscard]] const RingMemory& memory() const { return memory_; }
  void add_queues(QueueLevels& levels) const;

 private:
  struct Consumer {
    explicit Consumer(LogConsumer& whom, Executor executor, TaskGroup::Report report)
        : consumer(whom), tasks(std::move(executor), std::move(report)) {}
    LogConsumer& consumer;
    std::map<ContainerId, std::shared_ptr<ConsumerFeed>> feeds;
    TaskGroup tasks;
  };

  void on_container(const ContainerPtr& container, const ContainerPtr& before) override;
  void on_gone(const Container& container) override;
  void feed_if_wanted(Consumer& consumer, const Container& container);
  Task<> run_feed(Consumer& consumer, std::shared_ptr<ConsumerFeed> feed);
  Task<> run_stream(std::shared_ptr<LogStream> stream);
  Task<> until_unwatched(LogStream& stream);

  Executor executor_;
  WorkerPool& workers_;
  Registry& registry_;
  SourceSet& sources_;
  LogOrigin& origin_;
  PipelineMetrics& metrics_;
  TaskGroup::Report report_;
  RingMemory memory_;
  std::unordered_map<ContainerId, std::shared_ptr<LogStream>> streams_;
  std::list<std::unique_ptr<Consumer>> consumers_;
  Subscription observing_;
  TaskGroup tasks_;
};

}  // namespace taffrail
