#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstdio>
#include <fmt/format.h>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/terminal_text.hpp"

namespace taffrail::cli {
namespace {

/// A value as a cell of the table.
std::string cell_of(const boost::json::value& value) {
  std::string cell;
  if (value.is_string())
    append_terminal_text(cell, value.get_string(), false);
  else if (value.is_double())
    cell = fmt::format("{:.6g}", value.get_double());
  else if (value.is_null())
    cell = "-";
  else
    cell = boost::json::serialize(value);
  std::ranges::replace(cell, '\t', ' ');
  return cell;
}

struct Table {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> rows;
  std::vector<bool> numeric;  ///< by column
};

std::string render(const Table& table, bool colors) {
  std::vector<std::size_t> widths;
  for (const std::string& name : table.names) widths.push_back(columns_of(name));
  for (const auto& row : table.rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns_of(row[i]));
  std::string out;
  const auto add = [&](const std::vector<std::string>& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string pad(widths[i] - columns_of(row[i]), ' ');
      line += (i == 0 ? "" : "  ") + (table.numeric[i] ? pad + row[i] : row[i] + pad);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line;
  };
  if (colors) out += "\x1b[1m";
  add(table.names);
  if (colors) out += "\x1b[0m";
  out += '\n';
  for (const auto& row : table.rows) {
    add(row);
    out += '\n';
  }
  return out;
}

/// Says on the standard error what the rows do not.
void warn_of(const boost::json::object& answer) {
  const auto is = [&answer](std::string_view key, bool yes) {
    const auto* value = answer.if_contains(key);
    return value != nullptr && value->is_bool() && value->get_bool() == yes;
  };
  if (is("complete", false))
    std::fputs("taffrail: time was up before all lines were read: these are of the newest\n", stderr);
  if (is("truncated", true)) std::fputs("taffrail: there are more groups than these\n", stderr);
  const auto* damaged = answer.if_contains("damaged_lines");
  if (damaged != nullptr && damaged->is_int64() && damaged->get_int64() > 0)
    std::fputs("taffrail: some lines are in blocks that cannot be read, and are not counted\n", stderr);
}

}  // namespace

Task<Result<ExitStatus>> query(const ClientCommand& command, ApiClient& client, Output& output) {
  auto body = co_await client.get("/api/v1/query", {{"q", command.words.front()},
                                                    {"containers", command.containers},
                                                    {"since", command.since},
                                                    {"until", command.until},
                                                    {"levels", command.levels},
                                                    {"streams", command.streams}});
  if (!body) co_return forward(body);
  boost::system::error_code failed;
  const boost::json::value parsed = boost::json::parse(*body, failed);
  const auto* answer = failed ? nullptr : parsed.if_object();
  const auto* columns = answer != nullptr ? answer->if_contains("columns") : nullptr;
  const auto* rows = answer != nullptr ? answer->if_contains("rows") : nullptr;
  if (columns == nullptr || rows == nullptr || !columns->is_array() || !rows->is_array())
    co_return fail(ErrorCode::protocol, "the server's answer is no table");
  Table table;
  std::vector<std::string> keys;
  for (const boost::json::value& column : columns->get_array()) {
    const auto* name = column.is_object() ? column.get_object().if_contains("name") : nullptr;
    keys.emplace_back(name != nullptr && name->is_string() ? std::string_view(name->get_string()) : "");
    append_terminal_text(table.names.emplace_back(), keys.back(), false);
  }
  table.numeric.assign(keys.size(), true);
  for (const boost::json::value& row : rows->get_array()) {
    if (!row.is_array() || row.get_array().size() != keys.size())
      co_return fail(ErrorCode::protocol, "the server's rows do not fit its columns");
    const boost::json::array& values = row.get_array();
    if (output.for_people()) {
      auto& cells = table.rows.emplace_back();
      for (std::size_t i = 0; i < values.size(); ++i) {
        cells.push_back(cell_of(values[i]));
        table.numeric[i] = table.numeric[i] && (values[i].is_number() || values[i].is_null());
      }
      continue;
    }
    boost::json::object object;
    for (std::size_t i = 0; i < values.size(); ++i) object[keys[i]] = values[i];
    auto written = output.write(boost::json::serialize(object) + '\n');
    if (!written) co_return forward(written);
  }
  if (output.for_people()) {
    auto written = output.write(render(table, output.colors()));
    if (!written) co_return forward(written);
  }
  auto flushed = output.flush();
  if (!flushed) co_return forward(flushed);
  warn_of(*answer);
  co_return rows->get_array().empty() ? ExitStatus::nothing_found : ExitStatus::done;
}

}  // namespace taffrail::cli
