#include "pipeline/pipeline.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace taffrail {

Pipeline::Pipeline(Executor executor, WorkerPool& workers, const Clock& clock,
                   std::vector<std::unique_ptr<Source>> sources, Registry::Admission admission,
                   prometheus::Registry& metrics, TaskGroup::Report report, const PipelineOptions& options)
    : executor_(std::move(executor)),
      workers_(workers),
      clock_(clock),
      metrics_(metrics),
      memory_(options.memory_bytes),
      filter_workers_(std::max(1U, std::thread::hardware_concurrency()), WorkerPool::Priority::low),
      sources_(std::move(sources)),
      registry_(std::move(admission)),
      sampler_(executor_, registry_, sources_, clock_, report),
      source_origin_(registry_, sources_),
      origin_(source_origin_),
      hub_(executor_, workers_, registry_, sources_, origin_, memory_.for_rings(), metrics_, report),
      reads_(executor_, report),
      tasks_(executor_, std::move(report)) {
  for (const auto& source : sources_.all()) {
    gates_.push_back(std::make_unique<SourceGate>(*source, sources_, registry_, sampler_));
    // There before the first reader is, so that a rate has its beginning.
    metrics_.lines(source->kind());
    metrics_.bytes(source->kind());
  }
}

void Pipeline::start() {
  for (std::size_t i = 0; i < gates_.size(); ++i) {
    Source& source = *sources_.all()[i];
    tasks_.spawn("source " + source.kind(), source.run(*gates_[i]));
  }
  tasks_.spawn("sampler", sampler_.run());
}

Task<> Pipeline::stop() {
  tasks_.cancel();
  reads_.cancel();
  co_await sampler_.stop();
  co_await hub_.stop();
  co_await reads_.join();
  co_await tasks_.join();
}

void Pipeline::add_queues(QueueLevels& levels) const {
  levels.add_unbounded("workers", workers_.depth());
  levels.add_unbounded("filter_workers", filter_workers_.depth());
  levels.add("reads", memory_.reads(), MemoryBudget::max_reads);
  levels.add("reads_bytes", memory_.held(), memory_.for_reads());
  registry_.add_queues(levels);
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
