#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "alert/engine/changes.hpp"
#include "alert/notification.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/transaction.hpp"
#include "text/json_writer.hpp"

namespace taffrail::alert {

/// Which notifications are asked for; newest first.
struct NotificationQuery {
  std::optional<RuleId> rule;
  std::optional<AlertId> alert;
  std::optional<DestinationId> destination;
  std::string state;  ///< of a delivery: pending, delivered, dead; empty: any
  std::optional<Time> since;
  std::optional<std::int64_t> before;  ///< only older ones than this number
  std::int64_t limit = 100;
};

struct AlertQuery {
  std::optional<AlertState> state;  ///< nothing: any
  std::optional<RuleId> rule;
  std::optional<Time> since;           ///< that began then or later
  std::optional<std::int64_t> before;  ///< only older ones than this id
  std::int64_t limit = 100;
};

/// `{"notifications": […], "next": …}` of the API. On a worker.
[[nodiscard]] Result<std::string> notifications_json(store::Snapshot& snapshot, const NotificationQuery& query);
/// `{"alerts": […], "next": …}`.
[[nodiscard]] Result<std::string> alerts_json(store::Snapshot& snapshot, const AlertQuery& query);
/// One alert as the list has it, with its lines, who acknowledged it, and its newest notifications. Error not_found.
[[nodiscard]] Result<std::string> alert_json(store::Snapshot& snapshot, AlertId id);
/// `{"attempts": […]}` of one notification, newest first.
[[nodiscard]] Result<std::string> attempts_json(store::Snapshot& snapshot, std::int64_t notification);
/// What the list says of a notification beside its deliveries, into an object that has begun.
/// @param longest_text bytes of what it tells of and of its message; longer ones are cut
void append_members(text::JsonWriter& json, std::int64_t number, const Notification& told,
                    std::size_t longest_text = SIZE_MAX);
/// What the list says of an alert beside the notification that began it, into an object that has begun.
void append_state(text::JsonWriter& json, const AlertRow& alert);
/// `{"versions": […]}` of one rule, newest first.
[[nodiscard]] Result<std::string> rule_versions_json(store::Snapshot& snapshot, RuleId rule);

}  // namespace taffrail::alert
