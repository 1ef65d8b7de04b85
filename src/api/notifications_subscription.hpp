#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>

#include "alert/engine/alerts.hpp"
#include "api/live_stage.hpp"
#include "api/live_subscription.hpp"
#include "api/services.hpp"
#include "base/signal_flag.hpp"
#include "base/subscription.hpp"
#include "base/task_group.hpp"

namespace taffrail::api {

/// Alerts that are not over, and notifications: all alerts, then what changes of them, gathered so that a burst is one
/// message, and each notification as it is made. Everything is told once it is written, so that whoever asks for it
/// then finds it.
class NotificationsSubscription final : public LiveSubscription {
 public:
  /// @param alerts, wake outlive this; `wake` is notified when a message is ready
  NotificationsSubscription(Services& services, alert::Alerts& alerts, std::uint64_t sub, SignalFlag& wake);

  [[nodiscard]] bool take(std::string& message) override { return stage_.take(message); }
  void add_queues(QueueLevels& levels) const override;
  [[nodiscard]] Task<> stop() override;

 private:
  void hear(const alert::News& news);
  Task<> run();
  /// Tells these alerts as they are now, in parts of which all but the last say that more follow. @param all snapshot
  Task<> tell_alerts(std::vector<alert::AlertId> ids, bool snapshot);
  Task<> tell_notifications();

  Services& services_;
  alert::Alerts& alerts_;
  std::uint64_t sub_;
  std::set<alert::AlertId> changed_;                              // and not told yet; at most max_changed_alerts
  bool anew_ = true;                                              // so many have changed that all are told
  std::deque<std::shared_ptr<const std::string>> notifications_;  // at most max_events
  SignalFlag moved_;
  LiveStage stage_;
  Subscription hearing_;
  TaskGroup tasks_;
};

}  // namespace taffrail::api
