#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "cli/server_address.hpp"

namespace taffrail::cli {

enum class ClientKind : std::uint8_t { search, logs, query, top };
enum class When : std::uint8_t { automatic, always, never };

/// A command that asks a running server. What is empty was not said; times, levels and expressions are the server's to
/// check.
struct ClientCommand {
  ClientKind kind = ClientKind::search;
  std::vector<std::string> words;  ///< the query; the containers of `logs`
  std::string containers;          ///< an expression over containers
  std::string since;
  std::string until;
  std::string levels;
  std::string streams;
  std::string filter;
  std::string tail;
  std::string order;
  std::size_t limit = 0;  ///< 0: no limit
  bool follow = false;
  bool merge = false;
  bool json = false;
  bool pager = true;
  When color = When::automatic;
  Duration interval{};  ///< of `top`
};

/// What a command ends with; docs/command-line.md.
enum class ExitStatus : std::uint8_t { done = 0, nothing_found = 1, refused = 2, failed = 3, interrupted = 130 };

}  // namespace taffrail::cli
