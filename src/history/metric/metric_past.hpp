#pragma once

#include <functional>
#include <set>

#include "base/signal_flag.hpp"
#include "base/subscription.hpp"
#include "pipeline/pipeline.hpp"
#include "source/tells_past.hpp"

namespace taffrail::history {

/// Asks the sources that know it what their containers went through while nobody kept it: before the first start, and
/// while the server was down. Lives on the owner thread.
class MetricPast final : private RegistryObserver {
 public:
  /// How far back is asked, as for lines (HistoryOptions::backlog).
  static constexpr Duration furthest = std::chrono::hours(24);
  /// Up to when a container's metrics are there; Time::min(): there are none.
  using Until = std::function<Time(const ContainerId&)>;
  /// Keeps what was learnt.
  using Keep = std::function<Task<Result<>>(ContainerId, ContainerPast)>;

  /// @param pipeline outlives it
  MetricPast(Pipeline& pipeline, Keep keep);

  /// Asks of each container that a source which knows it has now and later, once, until cancelled. It is asked of one
  /// at a time.
  Task<> run(Until until);

 private:
  void on_container(const ContainerPtr& container, const ContainerPtr& before) override;
  void on_gone(const Container& container) override { wanted_.erase(container.id); }
  [[nodiscard]] TellsPast* teller_of(const ContainerId& id) const;

  Pipeline& pipeline_;
  Keep keep_;
  std::set<ContainerId> wanted_;  // of containers that there are
  SignalFlag wake_;
  Subscription observing_;
};

}  // namespace taffrail::history
