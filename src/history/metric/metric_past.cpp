#include "history/metric/metric_past.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

#include "history/metric/metric_level.hpp"

namespace taffrail::history {

MetricPast::MetricPast(Pipeline& pipeline, Keep keep)
    : pipeline_(pipeline), keep_(std::move(keep)), wake_(pipeline.executor()) {}

TellsPast* MetricPast::teller_of(const ContainerId& id) const {
  return dynamic_cast<TellsPast*>(pipeline_.sources().of(id.host()));
}

void MetricPast::on_container(const ContainerPtr& container, const ContainerPtr& before) {
  if (before || !teller_of(container->id)) return;
  wanted_.insert(container->id);
  wake_.notify();
}

Task<> MetricPast::run(Until until) {
  // What comes from here on is heard as it comes.
  const Time began = pipeline_.clock().now();
  observing_ = pipeline_.registry().observe(*this);
  for (const auto& [id, container] : pipeline_.registry().containers()) on_container(container, nullptr);
  for (;;) {
    while (wanted_.empty()) co_await wake_.wait();
    const ContainerId id = std::move(wanted_.extract(wanted_.begin()).value());
    TellsPast* const teller = teller_of(id);
    if (!teller) continue;
    const Time since = std::max(until(id), moved(pipeline_.clock().now(), -furthest));
    auto past = co_await teller->past_of(id, since, pipeline_.clock().now(), finest_step);
    if (past) {
      std::erase_if(past->samples, [began](const StatSample& sample) {
        return step_of(sample.time, finest_step) >= step_of(began, finest_step);
      });
      auto kept = co_await keep_(id, std::move(*past));
      if (!kept) past = forward(kept);
    }
    if (!past) spdlog::warn("what a container went through before cannot be kept: {}", past.error().detail);
  }
}

}  // namespace taffrail::history
