#include <algorithm>
#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <string>

#include "cli/commands.hpp"
#include "cli/line_output.hpp"

namespace taffrail::cli {
namespace {

/// Lines of one request: so that its cost, and what the server holds for it, are small.
constexpr std::size_t page_lines = 1'000;

std::uint64_t number_of(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_number() ? value->to_number<std::uint64_t>() : 0;
}

}  // namespace

Task<Result<ExitStatus>> search(const ClientCommand& command, ApiClient& client, Output& output) {
  LineOutput lines(output, true);
  auto named = co_await lines.learn_names(client);
  if (!named) co_return forward(named);
  std::string cursor;
  std::uint64_t scanned = 0;
  while (!output.closed()) {
    const std::size_t left = command.limit == 0 ? page_lines : command.limit - lines.lines();
    auto copied = co_await copy_lines(client, output, lines, "/api/v1/search",
                                      {{"q", command.words.empty() ? "" : command.words.front()},
                                       {"containers", command.containers},
                                       {"since", command.since},
                                       {"until", command.until},
                                       {"levels", command.levels},
                                       {"streams", command.streams},
                                       {"order", command.order},
                                       {"limit", std::to_string(std::min(left, page_lines))},
                                       {"cursor", cursor}});
    if (!copied) co_return forward(copied);
    if (output.closed()) break;
    scanned += number_of(*lines.end(), "scanned_bytes");
    output.show_progress(fmt::format("{} lines found, {} MB looked through", lines.lines(), scanned / 1'000'000));
    const auto* next = lines.end()->if_contains("cursor");
    if (next == nullptr || !next->is_string() || (command.limit > 0 && lines.lines() >= command.limit)) break;
    cursor = std::string(next->get_string());
  }
  co_return lines.lines() > 0 || output.closed() ? ExitStatus::done : ExitStatus::nothing_found;
}

}  // namespace taffrail::cli
