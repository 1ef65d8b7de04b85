#include "api/notifications_subscription.hpp"

#include <utility>
#include <vector>

#include "api/live_limits.hpp"
#include "base/timeout.hpp"
#include "base/turn.hpp"
#include "text/json_writer.hpp"

namespace taffrail::api {

NotificationsSubscription::NotificationsSubscription(Services& services, alert::Alerts& alerts, std::uint64_t sub,
                                                     SignalFlag& wake)
    : services_(services),
      alerts_(alerts),
      sub_(sub),
      moved_(services.pipeline.executor()),
      stage_(services.pipeline.executor(), wake),
      hearing_(alerts.on_news([this](const alert::News& news) { hear(news); })),
      tasks_(services.pipeline.executor(), services.report) {
  tasks_.spawn("notifications subscription", run());
}

void NotificationsSubscription::add_queues(QueueLevels& levels) const {
  levels.add("live_notifications", notifications_.size(), max_events);
}

Task<> NotificationsSubscription::stop() {
  hearing_.reset();
  tasks_.cancel();
  co_await tasks_.join();
}

void NotificationsSubscription::hear(const alert::News& news) {
  if (!anew_) changed_.insert(news.alerts.begin(), news.alerts.end());
  if (changed_.size() > max_changed_alerts) {
    changed_.clear();
    anew_ = true;
  }
  notifications_.insert(notifications_.end(), news.notifications.begin(), news.notifications.end());
  std::size_t dropped = news.left_out;
  for (; notifications_.size() > max_events; ++dropped) notifications_.pop_front();
  services_.metrics.events_dropped.Increment(static_cast<double>(dropped));
  moved_.notify();
}

Task<> NotificationsSubscription::run() {
  for (;;) {
    while (!anew_ && changed_.empty() && notifications_.empty()) co_await moved_.wait();
    if (std::exchange(anew_, false)) {
      co_await tell_alerts(alerts_.book().active(), true);
    } else if (!changed_.empty()) {
      const auto changed = std::exchange(changed_, {});
      co_await tell_alerts({changed.begin(), changed.end()}, false);
    }
    co_await tell_notifications();
    // What comes while the page takes nothing gathers.
    co_await stage_.clear();
    co_await sleep_for(coalesce);
  }
}

Task<> NotificationsSubscription::tell_alerts(std::vector<alert::AlertId> ids, bool snapshot) {
  Turn turn;
  std::size_t next = 0;
  do {
    std::string message;
    std::vector<alert::AlertId> over;
    text::JsonWriter json(message);
    json.begin_object().member("type", "alerts").member("sub", sub_);
    if (std::exchange(snapshot, false)) json.member("snapshot", true);
    json.key("alerts").begin_array();
    for (; next < ids.size() && message.size() < live_part_bytes; ++next) {
      co_await yield_if_due(turn);
      if (const alert::AlertRow* row = alerts_.book().alert(ids[next])) {
        alert::append_state(json.begin_object(), *row);
        json.end_object();
      } else {
        over.push_back(ids[next]);
      }
    }
    json.end_array();
    if (!over.empty()) {
      json.key("over").begin_array();
      for (const alert::AlertId id : over) json.value(id);
      json.end_array();
    }
    if (next < ids.size()) json.member("more", true);
    json.end_object();
    co_await stage_.put(std::move(message));
  } while (next < ids.size());
}

Task<> NotificationsSubscription::tell_notifications() {
  // Those that come meanwhile are told after the alerts that they are of.
  for (std::size_t left = notifications_.size(); left > 0 && !notifications_.empty(); --left) {
    const std::shared_ptr<const std::string> told = std::move(notifications_.front());
    notifications_.pop_front();
    co_await stage_.put(R"({"type":"notification","sub":)" + std::to_string(sub_) + R"(,"notification":)" + *told +
                        '}');
  }
}

}  // namespace taffrail::api
