#pragma once

#include <string>

#include "alert/destination/service.hpp"

/// What each service is sent: JSON as its maker describes it (Service::reference).
namespace taffrail::alert::bodies {

[[nodiscard]] std::string slack(const Message& message);
[[nodiscard]] std::string discord(const Message& message);
[[nodiscard]] std::string teams(const Message& message);
[[nodiscard]] std::string telegram(const Message& message);
[[nodiscard]] std::string ntfy(const Message& message);
[[nodiscard]] std::string gotify(const Message& message);
[[nodiscard]] std::string pushover(const Message& message);
[[nodiscard]] std::string pagerduty(const Message& message);
[[nodiscard]] std::string opsgenie(const Message& message);
[[nodiscard]] std::string matrix(const Message& message);
[[nodiscard]] std::string mattermost(const Message& message);
[[nodiscard]] std::string googlechat(const Message& message);
[[nodiscard]] std::string signal(const Message& message);
[[nodiscard]] std::string alertmanager(const Message& message);
[[nodiscard]] std::string apprise(const Message& message);
[[nodiscard]] std::string heartbeat(const Message& message);

}  // namespace taffrail::alert::bodies
