#include "text/json_file_row.hpp"

#include <algorithm>
#include <optional>
#include <simdjson.h>

#include "base/time_format.hpp"
#include "text/byte_block.hpp"
#include "text/utf8.hpp"

namespace taffrail::text {
namespace {

constexpr std::size_t npos = std::string_view::npos;

/// Moves `at` behind `expected` when that stands there.
bool take(std::string_view text, std::size_t& at, std::string_view expected) {
  if (!text.substr(at).starts_with(expected)) return false;
  at += expected.size();
  return true;
}

/// Four hex digits at `at`; nothing when they are none.
std::optional<char32_t> hex4(std::string_view text, std::size_t at) {
  if (at + 4 > text.size()) return std::nullopt;
  char32_t value = 0;
  for (const char c : text.substr(at, 4)) {
    value <<= 4;
    if (c >= '0' && c <= '9') {
      value |= static_cast<char32_t>(c - '0');
    } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
      value |= static_cast<char32_t>((c | 0x20) - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return value;
}

/// The character of \uXXXX (or of a pair of them) whose digits begin at `at`, which is moved behind it.
bool put_code_point(std::string_view text, std::size_t& at, std::string& out) {
  const auto first = hex4(text, at);
  if (!first) return false;
  at += 4;
  if (*first >= 0xD800 && *first < 0xDC00 && text.substr(at).starts_with("\\u")) {
    const auto second = hex4(text, at + 2);
    if (second && *second >= 0xDC00 && *second < 0xE000) {
      at += 6;
      append_utf8(out, 0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00));
      return true;
    }
  }
  append_utf8(out, *first);  // a lone surrogate becomes U+FFFD
  return true;
}

char simple_escape(char letter) {
  switch (letter) {
    case '"': return '"';
    case '\\': return '\\';
    case '/': return '/';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
  }
}

/// Moves `at`, behind an opening quote, behind the closing one.
bool skip_string(std::string_view text, std::size_t& at) {
  while ((at = find_json_special(text, at)) < text.size()) {
    if (text[at] == '"') {
      ++at;
      return true;
    }
    if (text[at] != '\\' || at + 1 >= text.size()) return false;
    const bool code_unit = text[at + 1] == 'u' && hex4(text, at + 2).has_value();
    if (!code_unit && simple_escape(text[at + 1]) == 0) return false;
    at += code_unit ? 6 : 2;
  }
  return false;
}

/// Moves `at` behind the flat object of strings that `attrs` is.
bool skip_attrs(std::string_view text, std::size_t& at) {
  if (!take(text, at, "{")) return false;
  if (take(text, at, "}")) return true;
  do {
    if (!take(text, at, "\"") || !skip_string(text, at) || !take(text, at, ":\"") || !skip_string(text, at))
      return false;
  } while (take(text, at, ","));
  return take(text, at, "}");
}

/// Takes the newline at the end of the unescaped log off.
void take_newline(JsonFileRow& row) {
  row.ends_line = row.log.ends_with('\n');
  if (row.ends_line) row.log.remove_suffix(1);
}

}  // namespace

std::size_t unescape_json_string(std::string_view text, std::size_t at, std::string& scratch, std::size_t bound) {
  scratch.clear();
  while (scratch.size() < bound) {
    const std::size_t hit = find_json_special(text, at);
    scratch.append(text.substr(at, std::min(hit - at, bound - scratch.size())));
    at = hit;
    if (scratch.size() >= bound) break;
    if (hit == text.size()) return npos;
    if (text[at] == '"') return at;
    if (text[at] != '\\' || at + 1 >= text.size()) return npos;
    const char letter = text[at + 1];
    at += 2;
    if (letter == 'u') {
      if (!put_code_point(text, at, scratch)) return npos;
    } else if (const char c = simple_escape(letter); c != 0) {
      scratch.push_back(c);
    } else {
      return npos;
    }
  }
  return at;
}

bool parse_json_file_row_fast(std::string_view row, std::string& scratch, JsonFileRow& out) {
  std::size_t at = 0;
  if (!take(row, at, R"({"log":")")) return false;
  const std::size_t hit = find_json_special(row, at);
  if (row.substr(hit).starts_with(R"(\n")")) {  // the usual line: nothing to unescape but its newline
    out.log = row.substr(at, hit - at);
    out.ends_line = true;
    at = hit + 3;
  } else {
    const std::size_t quote = unescape_json_string(row, at, scratch);
    if (quote == npos) return false;
    out.log = scratch;
    take_newline(out);
    at = quote + 1;
  }
  if (take(row, at, R"(,"stream":"stdout")")) {
    out.stream = StdStream::out;
  } else if (take(row, at, R"(,"stream":"stderr")")) {
    out.stream = StdStream::err;
  } else {
    return false;
  }
  if (take(row, at, R"(,"attrs":)") && !skip_attrs(row, at)) return false;
  if (!take(row, at, R"(,"time":")") || !row.ends_with("\"}") || row.size() < at + 2) return false;
  const auto time = parse_rfc3339(row.substr(at, row.size() - 2 - at));
  if (!time) return false;
  out.time = *time;
  return true;
}

bool outline_json_file_row(std::string_view row, JsonFileRowOutline& out) {
  std::size_t at = 0;
  if (!take(row, at, R"({"log":")")) return false;
  for (;;) {
    at = find_json_special(row, at);
    if (at + 1 >= row.size() || row[at] != '\\') return false;
    if (row[at + 1] == 'n') {
      // A newline inside makes two lines of the row.
      if (at + 2 >= row.size() || row[at + 2] != '"') return false;
      at += 3;
      break;
    }
    if (row[at + 1] == 'u') {
      const auto unit = hex4(row, at + 2);
      if (!unit || *unit == '\n') return false;
      at += 6;
    } else {
      if (simple_escape(row[at + 1]) == 0) return false;
      at += 2;
    }
  }
  if (take(row, at, R"(,"stream":"stdout")")) {
    out.stream = StdStream::out;
  } else if (take(row, at, R"(,"stream":"stderr")")) {
    out.stream = StdStream::err;
  } else {
    return false;
  }
  if (take(row, at, R"(,"attrs":)") && !skip_attrs(row, at)) return false;
  if (!take(row, at, R"(,"time":")") || !row.ends_with("\"}") || row.size() < at + 2) return false;
  out.time = row.substr(at, row.size() - 2 - at);
  return true;
}

bool parse_json_file_row_any(std::string_view row, std::string& scratch, JsonFileRow& out) {
  // A parser keeps buffers worth keeping, and belongs to no decoder: rows in a foreign form are rare.
  thread_local simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (is_valid_utf8(row)) {
    if (parser.parse(row.data(), row.size()).get(object) != simdjson::SUCCESS) return false;
  } else {
    const std::string repaired = repair_utf8(row);
    if (parser.parse(repaired).get(object) != simdjson::SUCCESS) return false;
  }
  std::string_view log;
  std::string_view stream;
  std::string_view time_text;
  if (object["log"].get(log) != simdjson::SUCCESS || object["time"].get(time_text) != simdjson::SUCCESS) return false;
  // dockerd leaves an empty stream out; nothing but stdout is known to be written so.
  if (object["stream"].get(stream) != simdjson::SUCCESS) stream = "stdout";
  const auto which = parse_std_stream(stream);
  const auto time = parse_rfc3339(time_text);
  if (!which || !time) return false;
  scratch.assign(log);
  out.log = scratch;
  take_newline(out);
  out.stream = *which;
  out.time = *time;
  return true;
}

}  // namespace taffrail::text
