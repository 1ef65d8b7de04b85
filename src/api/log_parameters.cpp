#include "api/log_parameters.hpp"

#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "api/line_filter.hpp"
#include "base/time_format.hpp"

namespace taffrail::api {
namespace {

/// Calls `read` for each part of a comma-separated list and collects the values.
template <class Value>
Answer<std::set<Value>> read_list(std::string_view list, Answer<Value> (*read)(std::string_view)) {
  std::set<Value> values;
  while (true) {
    const std::size_t comma = list.find(',');
    auto value = read(list.substr(0, comma));
    if (!value) return forward(value);
    values.insert(*value);
    if (comma == std::string_view::npos) return values;
    list.remove_prefix(comma + 1);
  }
}

Answer<std::optional<std::uint64_t>> read_count(const net::RequestTarget& target, std::string_view name) {
  const auto text = target.parameter(name);
  if (!text) return std::optional<std::uint64_t>();
  auto number = read_number(name, *text);
  if (!number) return forward(number);
  return std::optional(*number);
}

Answer<> read_range(const net::RequestTarget& target, Time now, LogRequest& request) {
  auto since = read_time(target, "since", now);
  if (!since) return forward(since);
  auto until = read_time(target, "until", now);
  if (!until) return forward(until);
  auto cursor = read_cursor(target, "cursor");
  if (!cursor) return forward(cursor);
  auto until_cursor = read_cursor(target, "until_cursor");
  if (!until_cursor) return forward(until_cursor);
  auto tail = read_count(target, "tail");
  if (!tail) return forward(tail);
  auto limit = read_count(target, "limit");
  if (!limit) return forward(limit);
  request.since = *since;
  request.until = *until;
  request.cursor = std::move(*cursor);
  request.until_cursor = std::move(*until_cursor);
  request.tail = *tail;
  request.limit = *limit;
  return {};
}

}  // namespace

Answer<bool> read_flag(const net::RequestTarget& target, std::string_view name) {
  const auto text = target.parameter(name);
  if (!text || *text == "false" || *text == "0") return false;
  if (*text == "true" || *text == "1") return true;
  return refuse(400, std::string(name) + ": '" + std::string(*text) + "' is neither true nor false");
}

const std::vector<std::string>& log_parameter_names() {
  static const std::vector<std::string> names{"since",        "until",  "tail",    "limit",  "order", "cursor",
                                              "until_cursor", "levels", "streams", "filter", "follow"};
  return names;
}

Answer<std::optional<Time>> read_time(const net::RequestTarget& target, std::string_view name, Time now) {
  const auto text = target.parameter(name);
  if (!text) return std::optional<Time>();
  auto time = parse_time_parameter(*text, now);
  if (!time) return refuse(400, std::string(name) + ": " + time.error().detail);
  return std::optional(*time);
}

Answer<std::optional<Cursor>> read_cursor(const net::RequestTarget& target, std::string_view name) {
  const auto text = target.parameter(name);
  if (!text) return std::optional<Cursor>();
  auto cursor = Cursor::parse(*text);
  if (!cursor) return refuse(400, std::string(name) + ": " + cursor.error().detail);
  return std::optional(std::move(*cursor));
}

Answer<std::set<text::Level>> read_levels(const net::RequestTarget& target) {
  const auto text = target.parameter("levels");
  if (!text) return std::set<text::Level>();
  return read_list<text::Level>(*text, read_level);
}

Answer<std::set<text::StdStream>> read_streams(const net::RequestTarget& target) {
  const auto text = target.parameter("streams");
  if (!text) return std::set<text::StdStream>();
  return read_list<text::StdStream>(*text, read_stream);
}

Answer<text::Level> read_level(std::string_view name) {
  if (const auto level = text::parse_level(name)) return *level;
  return refuse(400, "levels: '" + std::string(name) +
                         "' is no level; there are trace, debug, info, warn, error, fatal and unknown");
}

Answer<text::StdStream> read_stream(std::string_view name) {
  if (const auto stream = text::parse_std_stream(name)) return *stream;
  return refuse(400, "streams: '" + std::string(name) + "' is neither stdout nor stderr");
}

Answer<std::uint64_t> read_number(std::string_view parameter, std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size())
    return refuse(400, std::string(parameter) + ": '" + std::string(text) + "' is not a whole number of 0 or more");
  return number;
}

Answer<LogRequest> read_log_parameters(const net::RequestTarget& target, const Registry& registry,
                                       std::vector<ContainerId> containers, Time now) {
  LogRequest request;
  request.containers = std::move(containers);
  if (auto range = read_range(target, now, request); !range) return forward(range);
  if (const auto order = target.parameter("order")) {
    if (*order != "asc" && *order != "desc")
      return refuse(400, "order: '" + std::string(*order) + "' is neither asc nor desc");
    request.descending = *order == "desc";
  }
  auto follow = read_flag(target, "follow");
  if (!follow) return forward(follow);
  request.follow = *follow;
  auto levels = read_levels(target);
  if (!levels) return forward(levels);
  auto streams = read_streams(target);
  if (!streams) return forward(streams);
  FilterPtr simple = level_and_stream_filter(*levels, *streams);
  if (const auto source = target.parameter("filter")) {
    auto filters = expression_filters(*source, registry, std::move(simple));
    if (!filters) return forward(filters);
    request.filter_of = std::move(*filters);
  } else {
    request.filter_of = for_all(std::move(simple));
  }
  return request;
}

}  // namespace taffrail::api
