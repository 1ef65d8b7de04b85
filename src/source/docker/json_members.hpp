#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <simdjson.h>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time_format.hpp"
#include "source/docker/engine_json.hpp"
#include "text/utf8.hpp"

// Reading members of an engine's JSON that may be missing or of another type. For the sources of this component that
// parse, not for others.

namespace taffrail::docker {

using simdjson::dom::element;
using simdjson::dom::object;

/// Of what an engine sent instead of what it should have.
inline constexpr std::size_t shown_bytes = 300;

/// The member `key`, or nothing when there is no such member or `from` is no object.
inline std::optional<element> member(const element& from, std::string_view key) {
  element found;
  if (from.at_key(key).get(found) != simdjson::SUCCESS) return std::nullopt;
  return found;
}

inline std::string_view string_in(const element& from, std::string_view key) {
  std::string_view value;
  if (from.at_key(key).get(value) != simdjson::SUCCESS) return {};
  return value;
}

/// The same, of which no more than `bound` bytes are kept.
inline std::string_view string_in(const element& from, std::string_view key, std::size_t bound) {
  return text::cut_at_character(string_in(from, key), bound);
}

/// Whole numbers, also where Podman writes them as floats or an engine as a string; negative ones are nothing.
inline std::optional<std::uint64_t> number(const element& from, std::string_view key) {
  const auto found = member(from, key);
  if (!found) return std::nullopt;
  std::uint64_t whole = 0;
  if (found->get(whole) == simdjson::SUCCESS) return whole;
  double real = 0;
  if (found->get(real) == simdjson::SUCCESS && real >= 0 && real < 1.8e19) return static_cast<std::uint64_t>(real);
  return std::nullopt;
}

inline std::int64_t signed_number(const element& from, std::string_view key) {
  std::int64_t value = 0;
  if (from.at_key(key).get(value) != simdjson::SUCCESS) return 0;
  return value;
}

inline bool flag(const element& from, std::string_view key) {
  bool value = false;
  return from.at_key(key).get(value) == simdjson::SUCCESS && value;
}

inline std::optional<Time> time_of(const element& from, std::string_view key) {
  // Go's zero time is year 1, which parse_rfc3339 refuses: "never" becomes nothing.
  return parse_rfc3339(string_in(from, key));
}

template <class Each>
void each_item(const element& from, std::string_view key, Each each) {
  simdjson::dom::array items;
  if (from.at_key(key).get(items) != simdjson::SUCCESS) return;
  for (const element item : items) each(item);
}

template <class Each>
void each_member(const element& from, std::string_view key, Each each) {
  object members;
  if (from.at_key(key).get(members) != simdjson::SUCCESS) return;
  for (const auto& [name, value] : members) each(name, value);
}

/// What a map of strings may hold: entries, and bytes of keys and values together.
struct MapBound {
  std::size_t entries;
  std::size_t bytes;
};

/// The strings of an object, up to `bound`. Keys that `matters` says yes to come first; what is left out is counted.
template <class Matters>
std::map<std::string, std::string> string_map(const element& from, std::string_view key, MapBound bound,
                                              std::uint64_t& left_out, Matters matters) {
  std::map<std::string, std::string> map;
  std::size_t bytes = 0;
  for (const bool important : {true, false})
    each_member(from, key, [&](std::string_view name, const element& value) {
      std::string_view string;
      if (matters(name) != important || value.get(string) != simdjson::SUCCESS) return;
      if (map.size() >= bound.entries || name.size() + string.size() > bound.bytes - bytes) {
        ++left_out;
        return;
      }
      bytes += name.size() + string.size();
      map.emplace(name, string);
    });
  return map;
}

inline std::string shown(std::string_view body) {
  std::string out = text::repair_utf8(text::cut_at_character(body, shown_bytes));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  return out;
}

inline std::unexpected<Error> malformed(std::string_view what, std::string_view body) {
  return fail(ErrorCode::protocol, "the engine's " + std::string(what) + " is not what the API describes: " +
                                       (body.empty() ? std::string("it is empty") : shown(body)));
}

/// One parsed document and the parser that owns it.
struct Document {
  simdjson::dom::parser parser;
  element root;
  bool parse(std::string_view json) { return parser.parse(json.data(), json.size()).get(root) == simdjson::SUCCESS; }
  bool parse_object(std::string_view json) { return parse(json) && root.is_object(); }
};

}  // namespace taffrail::docker
