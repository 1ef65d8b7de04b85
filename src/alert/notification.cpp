#include "alert/notification.hpp"

namespace taffrail::alert {

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::info: return "info";
    case Severity::warning: return "warning";
    case Severity::critical: return "critical";
  }
  return "";
}

std::string_view to_string(AlertState state) {
  switch (state) {
    case AlertState::firing: return "firing";
    case AlertState::acknowledged: return "acknowledged";
    case AlertState::silenced: return "silenced";
    case AlertState::resolved: return "resolved";
  }
  return "";
}

std::string_view to_string(NotificationKind kind) {
  switch (kind) {
    case NotificationKind::fired: return "fired";
    case NotificationKind::repeated: return "repeated";
    case NotificationKind::resolved: return "resolved";
    case NotificationKind::escalated: return "escalated";
    case NotificationKind::test: return "test";
  }
  return "";
}

}  // namespace taffrail::alert
