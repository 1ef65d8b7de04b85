#include "pipeline/log_hub.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <utility>

#include "base/timeout.hpp"
#include "pipeline/log_stream.hpp"

namespace taffrail {

LogHub::LogHub(Executor executor, WorkerPool& workers, Registry& registry, PipelineMetrics& metrics,
               TaskGroup::Report report)
    : executor_(std::move(executor)),
      workers_(workers),
      metrics_(metrics),
      observing_(registry.observe(*this)),
      tasks_(executor_, std::move(report)) {}

std::shared_ptr<LogStream> LogHub::follow(const Container& container, Source& source) {
  auto& stream = streams_[container.id];
  if (!stream) {
    stream = std::make_shared<LogStream>(executor_, workers_, container, source, metrics_);
    tasks_.spawn("log of " + container.name, run_stream(stream));
  }
  return stream;
}

Task<> LogHub::run_stream(std::shared_ptr<LogStream> stream) {
  using namespace asio::experimental::awaitable_operators;
  // Ends when nobody has watched for the time of linger. The stream leaves the map before the reader is cancelled, so
  // that a viewer who comes meanwhile gets a new one.
  auto until_unwatched = [](LogHub& hub, LogStream& watched) -> Task<> {
    for (int idle = 0; idle < linger.count();) {
      co_await sleep_for(std::chrono::seconds(1));
      idle = watched.has_viewers() ? 0 : idle + 1;
    }
    hub.streams_.erase(watched.id());
  };
  co_await (stream->run() || until_unwatched(*this, *stream));
}

void LogHub::on_container(const ContainerPtr& container, const ContainerPtr&) {
  const auto at = streams_.find(container->id);
  if (at != streams_.end()) at->second->container_changed(*container);
}

void LogHub::on_gone(const Container& container) {
  const auto at = streams_.find(container.id);
  if (at == streams_.end()) return;
  at->second->container_gone();
  streams_.erase(at);  // its viewers hold it until they have read its end
}

void LogHub::add_queues(QueueLevels& levels) const {
  levels.add("log_ring_bytes", 0, LogStream::ring_bytes);
  levels.add("log_ring_batches", 0, LogStream::ring_batches);
  levels.add("viewer_batches", 0, LogStream::ring_batches);
  for (const auto& [id, stream] : streams_) stream->add_queues(levels);
}

Task<> LogHub::stop() {
  tasks_.cancel();
  co_await tasks_.join();
  streams_.clear();
}

}  // namespace taffrail
