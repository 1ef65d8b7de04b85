#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/problem.hpp"
#include "model/record.hpp"
#include "text/level.hpp"
#include "text/std_stream.hpp"

namespace taffrail::api {

// What a page sends over the live WebSocket: docs/live-protocol.md.

struct WantContainers {};

struct WantNotifications {};

struct WantStats {
  std::optional<std::vector<std::string>> containers;  ///< ids, prefixes or names; absent: all running ones
  std::size_t history = 300;
};

struct WantLogs {
  std::vector<std::string> containers;  ///< ids, prefixes or names
  std::optional<std::uint64_t> tail;
  std::optional<Cursor> cursor;
  std::optional<Time> since;
  std::set<text::Level> levels;
  std::set<text::StdStream> streams;
  std::optional<std::string> filter;  ///< an expression over log lines; not checked yet
  std::uint64_t credit = 0;
};

struct Subscribe {
  std::uint64_t sub = 0;
  std::variant<WantContainers, WantStats, WantLogs, WantNotifications> what;
};
struct GrantCredit {
  std::uint64_t sub = 0;
  std::uint64_t bytes = 0;
};
struct Unsubscribe {
  std::uint64_t sub = 0;
};
struct Ping {};
using ClientMessage = std::variant<Subscribe, GrantCredit, Unsubscribe, Ping>;

/// Why a message was refused, and for which subscription as far as that could be read.
struct BadMessage {
  Problem problem;
  std::optional<std::uint64_t> sub;
};

/// Reads one message. Every key that it does not know and every value of another type is an error that names it.
/// @param now for a `since` given as a duration before now
[[nodiscard]] std::expected<ClientMessage, BadMessage> parse_client_message(std::string_view text, Time now);

}  // namespace taffrail::api
