#include "api/live_message.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "api/live_limits.hpp"
#include "api/log_parameters.hpp"
#include "base/time_format.hpp"
#include "pipeline/sampler.hpp"

namespace taffrail::api {
namespace {

namespace json = boost::json;

/// Reads the keys of one object one by one and knows at the end which were never asked for.
class Fields {
 public:
  explicit Fields(const json::object& object) : object_(object) {}

  /// The value of this key, or nullptr when it is absent or null.
  const json::value* find(std::string_view key) {
    asked_.push_back(key);
    const json::value* value = object_.if_contains(json::string_view(key.data(), key.size()));
    return value && !value->is_null() ? value : nullptr;
  }
  Answer<std::optional<std::string_view>> text(std::string_view key) {
    const json::value* value = find(key);
    if (!value) return std::optional<std::string_view>();
    if (!value->is_string()) return refuse(400, "'" + std::string(key) + "' is no string");
    return std::optional(std::string_view(value->get_string().data(), value->get_string().size()));
  }
  Answer<std::optional<std::uint64_t>> number(std::string_view key) {
    const json::value* value = find(key);
    if (!value) return std::optional<std::uint64_t>();
    boost::system::error_code failed;
    const auto number = value->to_number<std::uint64_t>(failed);
    if (failed) return refuse(400, "'" + std::string(key) + "' is not a whole number of 0 or more");
    return std::optional(number);
  }
  Answer<std::optional<std::vector<std::string>>> texts(std::string_view key) {
    const json::value* value = find(key);
    if (!value) return std::optional<std::vector<std::string>>();
    if (!value->is_array()) return refuse(400, "'" + std::string(key) + "' is no list of strings");
    std::vector<std::string> texts;
    for (const json::value& item : value->get_array()) {
      if (!item.is_string()) return refuse(400, "'" + std::string(key) + "' is no list of strings");
      texts.emplace_back(item.get_string().data(), item.get_string().size());
    }
    return std::optional(std::move(texts));
  }
  /// Refuses keys that nobody has asked for.
  Answer<> check() const {
    for (const json::key_value_pair& pair : object_) {
      const std::string_view key(pair.key().data(), pair.key().size());
      if (std::ranges::find(asked_, key) == asked_.end()) return refuse(400, "unknown key '" + std::string(key) + "'");
    }
    return {};
  }

 private:
  const json::object& object_;
  std::vector<std::string_view> asked_;
};

template <class Value>
Answer<std::set<Value>> read_set(Fields& fields, std::string_view key, Answer<Value> (*read)(std::string_view)) {
  auto names = fields.texts(key);
  if (!names) return forward(names);
  std::set<Value> values;
  if (*names)
    for (const std::string& name : **names) {
      auto value = read(name);
      if (!value) return forward(value);
      values.insert(*value);
    }
  return values;
}

Answer<WantStats> read_stats(Fields& fields) {
  WantStats want;
  auto containers = fields.texts("containers");
  if (!containers) return forward(containers);
  want.containers = std::move(*containers);
  auto history = fields.number("history");
  if (!history) return forward(history);
  if (*history) {
    if (**history > Sampler::ring_size)
      return refuse(400, "'history' is at most " + std::to_string(Sampler::ring_size));
    want.history = static_cast<std::size_t>(**history);
  }
  return want;
}

Answer<> read_start(Fields& fields, Time now, WantLogs& want) {
  auto tail = fields.number("tail");
  if (!tail) return forward(tail);
  want.tail = *tail;
  auto cursor = fields.text("cursor");
  if (!cursor) return forward(cursor);
  if (*cursor) {
    auto parsed = Cursor::parse(**cursor);
    if (!parsed) return refuse(std::move(parsed.error()));
    want.cursor = std::move(*parsed);
  }
  auto since = fields.text("since");
  if (!since) return forward(since);
  if (*since) {
    auto parsed = parse_time_parameter(**since, now);
    if (!parsed) return refuse(std::move(parsed.error()));
    want.since = *parsed;
  }
  return {};
}

Answer<WantLogs> read_logs(Fields& fields, Time now) {
  WantLogs want;
  auto containers = fields.texts("containers");
  if (!containers) return forward(containers);
  if (!*containers || (*containers)->empty()) return refuse(400, "'containers' names no container");
  want.containers = std::move(**containers);
  if (auto start = read_start(fields, now, want); !start) return forward(start);
  auto levels = read_set<text::Level>(fields, "levels", read_level);
  if (!levels) return forward(levels);
  want.levels = std::move(*levels);
  auto streams = read_set<text::StdStream>(fields, "streams", read_stream);
  if (!streams) return forward(streams);
  want.streams = std::move(*streams);
  auto filter = fields.text("filter");
  if (!filter) return forward(filter);
  if (*filter) want.filter = std::string(**filter);
  auto credit = fields.number("credit");
  if (!credit) return forward(credit);
  if (!*credit || **credit == 0 || **credit > max_credit)
    return refuse(400,
                  "'credit' is the number of bytes that may be on the way, from 1 to " + std::to_string(max_credit));
  want.credit = **credit;
  return want;
}

Answer<ClientMessage> read_subscribe(Fields& fields, std::uint64_t sub, Time now) {
  auto what = fields.text("what");
  if (!what) return forward(what);
  Subscribe message{.sub = sub, .what = {}};
  if (*what == "containers") {
    message.what = WantContainers{};
  } else if (*what == "stats") {
    auto want = read_stats(fields);
    if (!want) return forward(want);
    message.what = std::move(*want);
  } else if (*what == "logs") {
    auto want = read_logs(fields, now);
    if (!want) return forward(want);
    message.what = std::move(*want);
  } else if (*what == "notifications") {
    message.what = WantNotifications{};
  } else {
    return refuse(400, "'what' is none of containers, stats, logs and notifications");
  }
  return ClientMessage(std::move(message));
}

Answer<ClientMessage> read_message(Fields& fields, std::optional<std::uint64_t>& sub, Time now) {
  auto type = fields.text("type");
  if (!type) return forward(type);
  if (*type == "ping") return ClientMessage(Ping{});
  if (*type != "subscribe" && *type != "unsubscribe" && *type != "credit")
    return refuse(400, "'type' is none of subscribe, credit, unsubscribe and ping");
  auto number = fields.number("sub");
  if (!number) return forward(number);
  if (!*number) return refuse(400, "'sub' is missing: the number of the subscription");
  sub = *number;
  if (*type == "subscribe") return read_subscribe(fields, *sub, now);
  if (*type == "unsubscribe") return ClientMessage(Unsubscribe{*sub});
  auto bytes = fields.number("bytes");
  if (!bytes) return forward(bytes);
  if (!*bytes) return refuse(400, "'bytes' is missing");
  return ClientMessage(GrantCredit{.sub = *sub, .bytes = **bytes});
}

}  // namespace

std::expected<ClientMessage, BadMessage> parse_client_message(std::string_view text, Time now) {
  boost::system::error_code failed;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), failed);
  if (failed || !value.is_object())
    return std::unexpected(BadMessage{.problem = refuse(400, "a message is one JSON object").error(), .sub = {}});
  Fields fields(value.get_object());
  std::optional<std::uint64_t> sub;
  auto message = read_message(fields, sub, now);
  if (message)
    if (auto known = fields.check(); !known) message = forward(known);
  if (!message) return std::unexpected(BadMessage{.problem = std::move(message.error()), .sub = sub});
  return std::move(*message);
}

}  // namespace taffrail::api
