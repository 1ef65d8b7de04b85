#pragma once

#include <cstdint>
#include <deque>
#include <set>
#include <string>

#include "api/live_stage.hpp"
#include "api/live_subscription.hpp"
#include "api/services.hpp"
#include "base/signal_flag.hpp"
#include "base/task_group.hpp"

namespace taffrail::api {

/// Hosts, containers and their events: a snapshot, then what changes, gathered so that a burst is one message.
class ContainersSubscription final : public LiveSubscription, private RegistryObserver {
 public:
  /// @param wake notified when a message is ready; it and `caller` outlive this
  ContainersSubscription(Services& services, const Caller& caller, std::uint64_t sub, SignalFlag& wake);

  [[nodiscard]] bool take(std::string& message) override { return stage_.take(message); }
  void add_queues(QueueLevels& levels) const override;
  [[nodiscard]] Task<> stop() override;

 private:
  void on_host(const Host& host) override;
  void on_host_gone(const HostId& id) override;
  void on_container(const ContainerPtr& container, const ContainerPtr& before) override;
  void on_gone(const Container& container) override;
  void on_removed(const ContainerId& id, const ContainerPtr& container) override;
  void hear(const EventPtr& event);

  void forget(const ContainerId& id);
  [[nodiscard]] bool has_changes() const {
    return !hosts_.empty() || !hosts_gone_.empty() || !changed_.empty() || !gone_.empty();
  }
  /// Tells the snapshot, and then what changes, at once after a quiet time, else when the last is long enough ago.
  Task<> run();
  Task<> tell_snapshot();
  Task<> tell_changes();
  Task<> tell_events();
  [[nodiscard]] std::string head() const;

  Services& services_;
  const Caller& caller_;
  std::uint64_t sub_;
  std::set<HostId> hosts_;         // changed and not sent yet
  std::set<HostId> hosts_gone_;    // not sent yet
  std::set<ContainerId> changed_;  // new or different and not sent yet
  std::set<ContainerId> gone_;     // gone, or not to be seen any more, and not sent yet
  std::deque<EventPtr> events_;    // at most max_events
  SignalFlag moved_;               // something has changed
  LiveStage stage_;
  Subscription observing_;
  Subscription hearing_;
  TaskGroup tasks_;
};

}  // namespace taffrail::api
