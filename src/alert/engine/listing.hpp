#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "alert/notification.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/transaction.hpp"

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
/// `{"versions": […]}` of one rule, newest first.
[[nodiscard]] Result<std::string> rule_versions_json(store::Snapshot& snapshot, RuleId rule);

}  // namespace taffrail::alert
