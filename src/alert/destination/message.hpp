#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alert/destination/service.hpp"
#include "alert/notification.hpp"

namespace taffrail::alert {

/// A notification in the words, the dialect and the limits of a service. Both must outlive the message.
[[nodiscard]] Message message_of(const Service& service, const Notification& notification, const Values& settings);

/// What it is about, as people read it: ("Container", "api"), …; only what is known and not in the title.
[[nodiscard]] std::vector<std::pair<std::string_view, std::string>> facts_of(const Notification& notification);

/// Who it is about: the container's name, else the group's values, else the host; empty: nobody knows.
[[nodiscard]] std::string subject_of(const Notification& notification);

/// Names a notification's alert among all servers': 32 hex digits.
[[nodiscard]] std::string alert_key(const Notification& notification);

/// 0xRRGGBB of its severity, green for what is over.
[[nodiscard]] std::uint32_t color_of(const Notification& notification);

[[nodiscard]] inline bool is_over(const Notification& notification) {
  return notification.kind == NotificationKind::resolved;
}

}  // namespace taffrail::alert
