#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/container.hpp"
#include "model/record.hpp"
#include "model/stats.hpp"

namespace taffrail::alert {

enum class Severity : std::uint8_t { info, warning, critical };
enum class AlertState : std::uint8_t { firing, acknowledged, silenced, resolved };

/// Why a notification is sent.
enum class NotificationKind : std::uint8_t {
  fired,      ///< an alert begins, or a rule without a state matched
  repeated,   ///< more matches of a group since its last notification, put together
  resolved,   ///< the alert is over
  escalated,  ///< nobody has acknowledged the alert in time
  test,       ///< a person tries a destination
};

using RuleId = std::int64_t;
using AlertId = std::int64_t;
using DestinationId = std::int64_t;

/// A line as an alert keeps it: its text cut to `longest_text`.
struct LineFacts {
  static constexpr std::size_t longest_text = 8UZ * 1024;

  Seq seq = 0;
  Time time;
  Time place_time;
  text::Level level = text::Level::unknown;
  text::StdStream stream = text::StdStream::out;
  text::Kind kind = text::Kind::text;
  std::string text;        ///< without ANSI escapes
  bool truncated = false;  ///< cut here or before
  friend bool operator==(const LineFacts&, const LineFacts&) = default;
};

struct SampleFacts {
  StatSample sample;
  double cpu_percent = 0;     ///< of the container's limit, else of the host
  double memory_percent = 0;  ///< of the container's limit, else of the host
  std::vector<MountUse> mounts{};
  std::optional<double> restarts_per_hour{};  ///< how often it was started again; absent: not known
  friend bool operator==(const SampleFacts&, const SampleFacts&) = default;
};

struct EventFacts {
  std::string action;
  Time time;
  std::map<std::string, std::string> attributes;
  friend bool operator==(const EventFacts&, const EventFacts&) = default;
};

/// The container as it was then; where a rule groups by more than containers, the one whose match it was.
struct ContainerFacts {
  ContainerId id;
  std::string host_name;
  std::string name;
  std::string image;
  std::string state;
  std::string health;
  std::string service;
  std::string project;
  std::optional<int> exit_code;
  std::map<std::string, std::string> labels;
  friend bool operator==(const ContainerFacts&, const ContainerFacts&) = default;
};

struct RuleFacts {
  RuleId id = 0;
  std::int64_t version = 0;
  std::string name;
  Severity severity = Severity::warning;
  std::string containers;  ///< the container filter
  std::string type;        ///< "log", "metric" or "event"
  std::string condition;   ///< its expression
  std::int64_t cooldown_seconds = 0;
  std::map<std::string, std::string> labels;
  std::string runbook;
  friend bool operator==(const RuleFacts&, const RuleFacts&) = default;
};

struct AlertFacts {
  AlertId id = 0;
  AlertState state = AlertState::firing;
  std::vector<std::pair<std::string, std::string>> group;  ///< expression, value
  std::uint64_t count = 0;  ///< matches since the last notification of the group, or what is counted in the window
  bool late = false;        ///< what it tells of happened while nobody looked, and was read later
  Time started;
  friend bool operator==(const AlertFacts&, const AlertFacts&) = default;
};

/// What a destination is told, as it is kept in the outbox until each destination has it. Owns everything: what it
/// tells of may be gone by the time it is sent.
struct Notification {
  std::string id;  ///< also the Idempotency-Key: the same at each attempt, never the same for two
  NotificationKind kind = NotificationKind::fired;
  Time time;
  RuleFacts rule;
  AlertFacts alert;
  std::optional<ContainerFacts> container;  ///< nothing: a rule about a host or about Taffrail itself
  std::variant<std::monostate, LineFacts, SampleFacts, EventFacts> trigger;
  std::string detail;   ///< one line for people: the line, the figures, what happened
  std::string message;  ///< the rule's own message, filled in; empty: it has none
  static constexpr std::size_t most_lines = 32;
  std::vector<LineFacts> more;  ///< some of the other lines that `count` counts, oldest first, at most `most_lines`
  std::string silence_link;     ///< to where its group can be silenced, for some days; empty: the same
  std::string link;             ///< to the alert in the page; empty: nobody said where the page is
  friend bool operator==(const Notification&, const Notification&) = default;
};

[[nodiscard]] std::string_view to_string(Severity severity);
[[nodiscard]] std::string_view to_string(AlertState state);
[[nodiscard]] std::string_view to_string(NotificationKind kind);

/// As it is kept in the store and given by the API. Bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string to_json(const Notification& notification);
[[nodiscard]] std::string to_json(const LineFacts& line);
/// Of what `to_json` made; members that an older one did not write are as in a new Notification. Errors:
/// invalid_argument that names the member, too_large beyond `longest_notification`.
[[nodiscard]] Result<Notification> notification_of(std::string_view json);
/// Bytes of its JSON: lines and labels at their own limits, each byte escaped.
inline constexpr std::size_t longest_notification = 8UZ * 1024 * 1024;

}  // namespace taffrail::alert
