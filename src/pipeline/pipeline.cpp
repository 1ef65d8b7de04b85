#include "pipeline/pipeline.hpp"

#include <utility>

namespace taffrail {

Pipeline::Pipeline(Executor executor, WorkerPool& workers, const Clock& clock,
                   std::vector<std::unique_ptr<Source>> sources, Registry::Admission admission,
                   prometheus::Registry& metrics, TaskGroup::Report report, PipelineOptions options)
    : executor_(std::move(executor)),
      workers_(workers),
      clock_(clock),
      options_(options),
      metrics_(metrics),
      sources_(std::move(sources)),
      registry_(std::move(admission)),
      sampler_(registry_, sources_),
      hub_(executor_, workers_, registry_, metrics_, report),
      tasks_(executor_, std::move(report)) {}

void Pipeline::start() {
  for (const auto& source : sources_.all()) tasks_.spawn("source " + source->kind(), source->run(registry_));
  tasks_.spawn("sampler", sampler_.run());
}

Task<> Pipeline::stop() {
  tasks_.cancel();
  co_await hub_.stop();
  co_await tasks_.join();
}

void Pipeline::add_queues(QueueLevels& levels) const {
  levels.add_unbounded("workers", workers_.depth());
  hub_.add_queues(levels);
  sampler_.add_queues(levels);
  for (const auto& source : sources_.all()) source->add_queues(levels);
}

bool Pipeline::ready() const {
  for (const auto& source : sources_.all()) {
    bool settled = false;
    for (const auto& [id, host] : registry_.hosts())
      if (source->owns(id) && (registry_.listed(id) || host.state == HostState::unreachable)) settled = true;
    if (!settled) return false;
  }
  return true;
}

}  // namespace taffrail
