#include <fmt/format.h>
#include <string>

#include "cli/commands.hpp"
#include "cli/line_output.hpp"
#include "net/request_target.hpp"
#include "text/json_string.hpp"

namespace taffrail::cli {
namespace {

/// The containers with one of these names.
std::string named(const std::vector<std::string>& names) {
  if (names.empty()) return {};
  std::string list;
  for (const std::string& name : names) {
    list += list.empty() ? "" : ", ";
    text::append_json_string(list, name);
  }
  return fmt::format("name in [{}]", list);
}

}  // namespace

Task<Result<ExitStatus>> logs(const ClientCommand& command, ApiClient& client, Output& output) {
  Parameters parameters{{"since", command.since},
                        {"until", command.until},
                        {"levels", command.levels},
                        {"streams", command.streams},
                        {"filter", command.filter},
                        {"tail", command.tail},
                        {"order", command.order},
                        {"follow", command.follow ? "true" : ""},
                        {"limit", command.limit > 0 ? std::to_string(command.limit) : ""}};
  LineOutput lines(output, command.merge || command.words.size() > 1);
  auto known = co_await lines.learn_names(client);
  if (!known) co_return forward(known);
  if (command.merge) {
    std::string containers = named(command.words);
    if (!command.containers.empty())
      containers =
          containers.empty() ? command.containers : fmt::format("({}) and ({})", containers, command.containers);
    parameters.emplace_back("containers", std::move(containers));
    auto copied = co_await copy_lines(client, output, lines, "/api/v1/logs", std::move(parameters));
    if (!copied) co_return forward(copied);
    co_return ExitStatus::done;
  }
  for (const std::string& name : command.words) {
    auto copied = co_await copy_lines(client, output, lines,
                                      fmt::format("/api/v1/containers/{}/logs", net::percent_encode(name)), parameters);
    if (!copied) co_return forward(copied);
    if (output.closed()) break;
  }
  co_return ExitStatus::done;
}

}  // namespace taffrail::cli
