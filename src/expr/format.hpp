#pragma once

#include <string>
#include <string_view>

#include "expr/value.hpp"

namespace taffrail::expr {

/// A value as `string(v)` prints it, in the form of Go's %v: "1e+06", "[1 a]", "map[a:1]", "<nil>".
/// Stops in the middle past `limit` bytes: a small value may hold one array a million times over.
/// @return whether all of it was printed
bool append_text(std::string& out, Value value, std::size_t limit);
[[nodiscard]] std::string to_text(Value value);

inline constexpr std::size_t printed_limit = 16UL << 20;

/// How numbers and times go into JSON.
enum class JsonStyle {
  go,     ///< as Go's encoding/json: 1.0 prints as 1, a duration as its nanoseconds
  typed,  ///< a float always shows a point or an exponent, so that it can be told from an integer (CONTRACT)
};

struct JsonOptions {
  JsonStyle style = JsonStyle::typed;
  bool pretty = false;                ///< two spaces of indentation
  bool escape_html = false;           ///< <, > and & as \u003c …, as Go does
  std::size_t limit = printed_limit;  ///< bytes after which it stops with an error
  bool strict = false;  ///< NaN, infinities and maps with keys that are no strings are errors, not null and text
};

/// Appends a value as JSON, keys sorted.
/// @return an empty string, or why it cannot be JSON; `out` then holds a part
[[nodiscard]] std::string append_json(std::string& out, Value value, const JsonOptions& options);
/// The same as text; null when it cannot be.
[[nodiscard]] std::string to_json(Value value);

/// Appends text as the inside of a JSON string, without quotes; bytes that are not UTF-8 become U+FFFD.
void append_json_escaped(std::string& out, std::string_view text, bool escape_html = false);

/// Text as a string literal of the language (and of JSON), with its quotes.
[[nodiscard]] std::string string_literal(std::string_view text);

/// A double as Go's %v prints it.
void append_double(std::string& out, double value);
/// A duration as Go prints it: "1h30m0s", "1.5ms".
void append_duration(std::string& out, std::int64_t nanoseconds);

}  // namespace taffrail::expr
