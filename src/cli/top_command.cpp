#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.hpp"
#include "cli/terminal_text.hpp"

namespace taffrail::cli {
namespace {

constexpr std::size_t most_name_columns = 40;
/// The head, and the line with the counts.
constexpr std::size_t other_rows = 2;

/// One container.
struct Usage {
  std::string name;
  std::string state;
  std::optional<double> cpu;     ///< in cores
  std::optional<double> memory;  ///< in bytes
};

std::string_view text_of(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

std::optional<double> number_of(const boost::json::object* object, std::string_view key) {
  const auto* value = object != nullptr ? object->if_contains(key) : nullptr;
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

std::string size_text(const std::optional<double>& bytes) {
  if (!bytes) return "-";
  constexpr std::string_view units = "KMGT";
  double size = *bytes / 1024;
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < units.size(); ++unit) size /= 1024;
  return fmt::format("{:.1f} {}iB", size, units[unit]);
}

std::vector<Usage> usages_of(const boost::json::array& containers) {
  std::vector<Usage> all;
  for (const boost::json::value& value : containers) {
    const boost::json::object* container = value.if_object();
    if (container == nullptr || text_of(*container, "state") == "removed") continue;
    const auto* stats = container->if_contains("stats");
    const boost::json::object* sample = stats != nullptr ? stats->if_object() : nullptr;
    Usage& usage = all.emplace_back();
    append_terminal_text(usage.name, text_of(*container, "name"), false);
    append_terminal_text(usage.state, text_of(*container, "state"), false);
    usage.cpu = number_of(sample, "cpu");
    usage.memory = number_of(sample, "memory");
  }
  std::ranges::sort(all, [](const Usage& one, const Usage& other) {
    const auto key = [](const Usage& usage) { return std::pair(-usage.cpu.value_or(-1), -usage.memory.value_or(-1)); };
    return key(one) != key(other) ? key(one) < key(other) : one.name < other.name;
  });
  return all;
}

/// As much as there is room for.
std::string render(const std::vector<Usage>& all, TerminalSize size, bool colors, bool whole) {
  const std::size_t rows =
      whole ? all.size() : std::min(all.size(), size.rows > other_rows + 1 ? size.rows - other_rows - 1 : 1);
  std::size_t width = 4;
  for (std::size_t i = 0; i < rows; ++i) width = std::max(width, std::min(columns_of(all[i].name), most_name_columns));
  const auto running = std::ranges::count(all, "running", &Usage::state);
  std::string out;
  const auto add = [&](std::string_view line) {
    out += whole ? line : first_columns(line, size.columns);
    out += '\n';
  };
  add(fmt::format("{} containers, {} running", all.size(), running));
  if (colors) out += "\x1b[1m";
  add(fmt::format("{:{}}  {:10}  {:>6}  {:>10}", "NAME", width, "STATE", "CPU", "MEMORY"));
  if (colors) out += "\x1b[0m";
  for (std::size_t i = 0; i < rows; ++i) {
    const Usage& usage = all[i];
    const std::string_view name = first_columns(usage.name, width);
    add(fmt::format("{}{}  {:10}  {:>6}  {:>10}", name, std::string(width - columns_of(name), ' '), usage.state,
                    usage.cpu ? fmt::format("{:.2f}", *usage.cpu) : "-", size_text(usage.memory)));
  }
  return out;
}

}  // namespace

Task<Result<ExitStatus>> top(const ClientCommand& command, ApiClient& client, Output& output) {
  const bool repeats = output.for_people() && output.is_terminal();
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (true) {
    auto body = co_await client.get("/api/v1/containers", {{"filter", command.containers}});
    if (!body) co_return forward(body);
    boost::system::error_code failed;
    const boost::json::value parsed = boost::json::parse(*body, failed);
    const auto* list = !failed && parsed.is_object() ? parsed.get_object().if_contains("containers") : nullptr;
    if (list == nullptr || !list->is_array())
      co_return fail(ErrorCode::protocol, "the server's list of containers is none");
    std::string text;
    if (output.for_people()) {
      // Home, then what is left of the screen before is cleared.
      if (repeats) text = "\x1b[H\x1b[2J";
      text += render(usages_of(list->get_array()), terminal_size(), output.colors(), !repeats);
    } else {
      for (const boost::json::value& container : list->get_array()) text += boost::json::serialize(container) + '\n';
    }
    auto written = output.write(text);
    if (written) written = output.flush();
    if (!written) co_return forward(written);
    if (!repeats || output.closed()) co_return ExitStatus::done;
    timer.expires_after(command.interval);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace taffrail::cli
