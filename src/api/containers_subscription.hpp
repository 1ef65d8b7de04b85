#pragma once

#include <cstdint>
#include <deque>
#include <set>
#include <string>

#include "api/services.hpp"
#include "api/subscription.hpp"
#include "base/signal_flag.hpp"
#include "base/task_group.hpp"

namespace taffrail::api {

/// Hosts, containers and their events: a snapshot, then what changes, gathered so that a burst is one message.
class ContainersSubscription final : public Subscription, private RegistryObserver {
 public:
  /// @param wake notified when a message is ready; it and `viewer` outlive this
  ContainersSubscription(Services& services, const Viewer& viewer, std::uint64_t sub, SignalFlag& wake);
  ~ContainersSubscription() override;

  [[nodiscard]] bool take(std::string& message) override;
  void add_queues(QueueLevels& levels) const override;
  [[nodiscard]] Task<> stop() override;

 private:
  void on_host(const Host& host) override;
  void on_host_gone(const HostId& id) override;
  void on_container(const Container& container, bool is_new) override;
  void on_gone(const Container& container) override;
  void on_event(const ContainerEvent& event) override;

  void forget(const ContainerId& id);
  [[nodiscard]] bool has_changes() const {
    return !hosts_.empty() || !hosts_gone_.empty() || !changed_.empty() || !gone_.empty() || !events_.empty();
  }
  void put_snapshot(std::string& message);
  void put_changes(std::string& message);
  void put_event(std::string& message);
  void put_containers(std::string& message, const std::set<ContainerId>& ids);
  /// Lets a message out at once after a quiet time, else when the last is long enough ago.
  Task<> pace();

  Services& services_;
  const Viewer& viewer_;
  std::uint64_t sub_;
  SignalFlag& wake_;
  bool snapshot_sent_ = false;
  bool ready_ = false;
  std::set<HostId> hosts_;             // changed and not sent yet
  std::set<HostId> hosts_gone_;        // not sent yet
  std::set<ContainerId> changed_;      // new or different and not sent yet
  std::set<ContainerId> gone_;         // sent once, and gone
  std::set<ContainerId> told_;         // what the page knows or is about to be told
  std::deque<ContainerEvent> events_;  // at most max_events
  SignalFlag moved_;                   // something has changed, or a message was taken
  TaskGroup tasks_;
};

}  // namespace taffrail::api
