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
  Level level = Level::unknown;  ///< of level=, lvl=, severity= or loglevel=; found even when the line is not all pairs
};
/// A line is logfmt when it has at least two pairs and more than half of its bytes (blanks aside) are in pairs. A pair
/// is `key=value`: the key begins with a letter, '_' or '@' and goes on with letters, digits and "_.-/@", at most 64
/// bytes, at the line's start or after a blank; the value runs to the next blank or is a double-quoted string. So a URL
/// with a query and base64 with its padding are no pairs: their "keys" hold ':' or '?' or '+', or their value is all
/// '='.
[[nodiscard]] LogfmtLine scan_logfmt_line(std::string_view line);

/// The level that a line of text states by its own format (text_level.cpp lists the formats). `line` is free of ANSI.
[[nodiscard]] Level text_level(std::string_view line);

}  // namespace taffrail::text
