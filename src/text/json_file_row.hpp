#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "text/std_stream.hpp"

namespace taffrail::text {

/// One row of a json-file log.
struct JsonFileRow {
  std::string_view log;    ///< unescaped, without the newline at its end; views the row, or the scratch that was passed
  bool ends_line = false;  ///< whether it had that newline; else the line goes on in the stream's next row
  StdStream stream = StdStream::out;
  Time time{};
};

/// Reads one row (without its newline) in the form that dockerd writes, quickly; false when it is written otherwise or
/// is no row. The bytes of `log` are not checked for UTF-8.
/// @param scratch overwritten; it takes at most the row's size
[[nodiscard]] bool parse_json_file_row_fast(std::string_view row, std::string& scratch, JsonFileRow& out);

/// What there is of a row without its text.
struct JsonFileRowOutline {
  StdStream stream = StdStream::out;
  std::string_view time;  ///< as the row states it, not yet read
};

/// Goes through one row, at a few bytes a cycle. True where parse_json_file_row_fast reads it (if its time is one) and
/// it is one whole line; any other row is left to that.
[[nodiscard]] bool outline_json_file_row(std::string_view row, JsonFileRowOutline& out);

/// Reads one row in any JSON form (keys in any order, unknown keys, blanks; invalid UTF-8 repaired), slowly; false when
/// it is no row.
[[nodiscard]] bool parse_json_file_row_any(std::string_view row, std::string& scratch, JsonFileRow& out);

/// Unescapes the JSON string whose body begins at `at` (behind its opening quote) into `scratch`, stopping early when
/// `scratch` holds `bound` bytes or more. Lone surrogates become U+FFFD.
/// @return where its closing quote is (or where it stopped), npos when the string is malformed or unfinished
[[nodiscard]] std::size_t unescape_json_string(std::string_view text, std::size_t at, std::string& scratch,
                                               std::size_t bound = std::string_view::npos);

}  // namespace taffrail::text
