#pragma once

#include <cstddef>
#include <string_view>

#include "text/level.hpp"

namespace taffrail::text {

/// What a scan of a JSON line finds.
struct JsonLine {
  bool object = false;           ///< the line is one valid JSON object (RFC 8259) with nothing but blanks around it
  Level level = Level::unknown;  ///< what its level field states
};
/// One pass over `line`, no allocation, nesting up to `max_json_depth` (deeper is text).
[[nodiscard]] JsonLine scan_json_line(std::string_view line);
inline constexpr std::size_t max_json_depth = 256;

/// What a scan for key=value pairs finds.
struct LogfmtLine {
  bool logfmt = false;
  Level level = Level::unknown;  ///< of its first level=, lvl=, severity= or loglevel= that names one
};
/// A line is logfmt when it begins with a pair (a timestamp may stand in front), has at least two, and more than half
/// of its bytes (blanks aside) are in pairs. Pairs without a value count for
/// nothing. A pair is `key=value` behind a blank: the key begins with a letter, '_' or
/// '@' and goes on with letters, digits and "_.-/@", at most 64 bytes; the value is a double-quoted string or runs to
/// the next blank, and does not begin with '='. So a URL with a query, base64 with its padding and code (a == b) are no
/// pairs, and a sentence that names a few values is text. Linear.
[[nodiscard]] LogfmtLine scan_logfmt_line(std::string_view line);

/// One key=value pair. The views are into the line; the value of a quoted one is still escaped.
struct LogfmtPair {
  std::string_view key{};
  std::string_view value{};
  std::size_t end = 0;    ///< where the pair ends in the line; 0: there is no pair
  bool unclosed = false;  ///< there is none because its quote never ends
};
/// The pair that begins at `at`.
[[nodiscard]] LogfmtPair read_logfmt_pair(std::string_view line, std::size_t at);
/// The level that the pair states, if it is a level's.
[[nodiscard]] Level level_of_pair(const LogfmtPair& pair);

/// The level that a line of text states by its own format; text_level.cpp says which it knows and how. Looks at the
/// first few hundred bytes only.
/// @param line without escape sequences
[[nodiscard]] Level text_level(std::string_view line);

}  // namespace taffrail::text
