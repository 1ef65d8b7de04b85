#include "pipeline/log_hub.hpp"

#include <algorithm>
#include <utility>

#include "base/race.hpp"
#include "base/second.hpp"
#include "pipeline/consumer_feed.hpp"
#include "pipeline/log_stream.hpp"

namespace taffrail {

LogHub::LogHub(Executor executor, WorkerPool& workers, Registry& registry, SourceSet& sources, LogOrigin& origin,
               std::size_t ring_bytes, PipelineMetrics& metrics, TaskGroup::Report report)
    : executor_(std::move(executor)),
      workers_(workers),
      registry_(registry),
      sources_(sources),
      origin_(origin),
      metrics_(metrics),
      report_(std::move(report)),
      memory_(ring_bytes),
      observing_(registry.observe(*this)),
      tasks_(executor_, report_) {}

LogHub::~LogHub() = default;

std::shared_ptr<LogStream> LogHub::follow(const Container& container, Source& source) {
  auto& stream = streams_[container.id];
  if (!stream) {
    stream = std::make_shared<LogStream>(executor_, workers_, memory_, container, source, metrics_);
    tasks_.spawn("log of " + container.name, run_stream(stream));
  }
  return stream;
}

/// Ends when nobody has followed for the time of linger. The stream leaves the map before its reader is cancelled, so
/// that somebody who comes meanwhile gets a new one.
Task<> LogHub::until_unwatched(LogStream& stream) {
  for (std::chrono::seconds idle{0}; idle < linger;) {
    // While somebody follows, looking seldom is enough: thousands of logs may be followed.
    const bool followed = stream.ring().has_followers();
    co_await sleep_to_second(followed ? linger : std::chrono::seconds(1));
    idle = followed || stream.ring().has_followers() ? std::chrono::seconds(0) : idle + std::chrono::seconds(1);
  }
  // A container that was removed and has come back has a stream of its own by now.
  const auto at = streams_.find(stream.id());
  if (at != streams_.end() && at->second.get() == &stream) streams_.erase(at);
}

Task<> LogHub::run_stream(std::shared_ptr<LogStream> stream) {
  co_await first_of(stream->run(), until_unwatched(*stream));
}

void LogHub::add_consumer(LogConsumer& consumer) {
  consumers_.push_back(std::make_unique<Consumer>(consumer, executor_, report_));
  for (const auto& [id, container] : registry_.containers()) feed_if_wanted(*consumers_.back(), *container);
}

void LogHub::feed_if_wanted(Consumer& consumer, const Container& container) {
  if (consumer.feeds.contains(container.id) || !consumer.consumer.wants(container)) return;
  Source* source = sources_.of(container);
  if (!source) return;
  auto feed = std::make_shared<ConsumerFeed>(executor_, consumer.consumer, follow(container, *source), origin_,
                                             workers_, *this, metrics_);
  consumer.feeds.emplace(container.id, feed);
  consumer.tasks.spawn(std::string(consumer.consumer.name()) + " of " + container.name, run_feed(consumer, feed));
}

Task<> LogHub::run_feed(Consumer& consumer, std::shared_ptr<ConsumerFeed> feed) {
  co_await feed->run();
  const auto at = consumer.feeds.find(feed->id());
  if (at != consumer.feeds.end() && at->second == feed) consumer.feeds.erase(at);
  // One that was removed and has come back meanwhile begins anew.
  if (const Container* again = registry_.find(feed->id())) feed_if_wanted(consumer, *again);
}

void LogHub::reconsider(const LogConsumer& consumer, const ContainerId& id) {
  const Container* container = registry_.find(id);
  for (const auto& known : consumers_) {
    if (&known->consumer != &consumer) continue;
    const auto feed = known->feeds.find(id);
    if (feed == known->feeds.end()) {
      if (container) feed_if_wanted(*known, *container);
    } else if (container && !known->consumer.wants(*container)) {
      feed->second->end();
    }
  }
}

void LogHub::acknowledge(const LogConsumer& consumer, const ContainerId& id, Seq seq) {
  for (const auto& known : consumers_) {
    if (&known->consumer != &consumer) continue;
    const auto feed = known->feeds.find(id);
    if (feed != known->feeds.end()) feed->second->acknowledge(seq);
  }
}

Task<> LogHub::remove_consumer(LogConsumer& consumer) {
  const auto known = std::ranges::find_if(consumers_, [&](const auto& entry) { return &entry->consumer == &consumer; });
  if (known == consumers_.end()) co_return;
  const std::unique_ptr<Consumer> removed = std::move(*known);
  consumers_.erase(known);
  removed->tasks.cancel();
  co_await removed->tasks.join();
}

void LogHub::on_container(const ContainerPtr& container, const ContainerPtr&) {
  const auto at = streams_.find(container->id);
  if (at != streams_.end()) at->second->container_changed(*container);
  for (const auto& consumer : consumers_) feed_if_wanted(*consumer, *container);
}

void LogHub::on_gone(const Container& container) {
  const auto at = streams_.find(container.id);
  if (at == streams_.end()) return;
  at->second->container_gone();
  streams_.erase(at);  // those who follow hold it until they have read its end
}

void LogHub::add_queues(QueueLevels& levels) const {
  levels.add("rings_bytes", memory_.bytes(), memory_.bound());
  levels.add("log_ring_bytes", 0, LogRing::most_bytes);
  levels.add("log_ring_batches", 0, LogRing::most_entries);
  levels.add("viewer_batches", 0, LogRing::most_entries);
  levels.add("consumer_bytes", 0, ConsumerFeed::window_bytes);
  for (const auto& [id, stream] : streams_) stream->ring().add_queues(levels);
  for (const auto& consumer : consumers_)
    for (const auto& [id, feed] : consumer->feeds)
      levels.add("consumer_bytes", feed->unacknowledged(), ConsumerFeed::window_bytes);
}

Task<> LogHub::stop() {
  for (const auto& consumer : consumers_) consumer->tasks.cancel();
  for (const auto& consumer : consumers_) co_await consumer->tasks.join();
  tasks_.cancel();
  co_await tasks_.join();
  streams_.clear();
}

}  // namespace taffrail
