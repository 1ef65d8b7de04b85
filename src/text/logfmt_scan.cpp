#include <algorithm>
#include <array>
#include <cstddef>

#include "base/ascii.hpp"
#include "text/kind.hpp"
#include "text/timestamp.hpp"

namespace taffrail::text {
namespace {

constexpr std::size_t max_key_bytes = 64;

constexpr bool key_begins(char c) { return ascii::is_letter(c) || c == '_' || c == '@'; }

/// Which bytes a key goes on with, looked up: the tests one after the other were a quarter of a logfmt line's cost.
constexpr std::array<bool, 256> goes_on = [] {
  std::array<bool, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const char c = static_cast<char>(i);
    table[i] = key_begins(c) || ascii::is_digit(c) || c == '.' || c == '-' || c == '/';
  }
  return table;
}();
bool key_goes_on(char c) { return goes_on[static_cast<unsigned char>(c)]; }

/// The end of the quoted string that begins at `at`, behind its closing quote; npos when it has none.
std::size_t end_of_quoted(std::string_view line, std::size_t at) {
  for (++at; at < line.size(); ++at) {
    if (line[at] == '\\') {
      ++at;
    } else if (line[at] == '"') {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

}  // namespace

LogfmtPair read_logfmt_pair(std::string_view line, std::size_t at) {
  if (at >= line.size() || !key_begins(line[at])) return {};
  std::size_t equals = at + 1;
  while (equals < line.size() && key_goes_on(line[equals])) ++equals;
  if (equals >= line.size() || line[equals] != '=' || equals - at > max_key_bytes) return {};
  LogfmtPair pair{.key = line.substr(at, equals - at)};
  std::size_t begin = equals + 1;
  if (begin < line.size() && line[begin] == '"') {
    const std::size_t end = end_of_quoted(line, begin);
    if (end == std::string_view::npos) return {.unclosed = true};
    // Behind a closing quote only a blank or the end makes a pair; some writers put a comma there.
    if (end < line.size() && !ascii::is_blank(line[end]) && line[end] != ',') return {};
    pair.value = line.substr(begin + 1, end - begin - 2);
    pair.end = end;
    return pair;
  }
  std::size_t end = begin;
  while (end < line.size() && !ascii::is_blank(line[end])) ++end;
  pair.value = line.substr(begin, end - begin);
  if (pair.value.starts_with('=')) return {};  // "abc==" is base64, "a == b" is code
  pair.end = end;
  return pair;
}

Level level_of_pair(const LogfmtPair& pair) {
  const LevelKey key = level_key(pair.key);
  if (key == LevelKey::none || pair.value.empty() || ascii::is_digit(pair.value[0])) return Level::unknown;
  return level_from_field(pair.value, key);
}

LogfmtLine scan_logfmt_line(std::string_view line) {
  // Most lines of text hold no two '=' at all.
  const std::size_t first = line.find('=');
  if (first == std::string_view::npos || line.find('=', first + 1) == std::string_view::npos) return {};
  LogfmtLine result;
  std::size_t pairs = 0;
  std::size_t in_pairs = 0;
  std::size_t outside = 0;
  std::size_t at = line.find_first_not_of(" \t");
  if (const auto stamp = leading_timestamp(line.substr(at), Time{}))
    at = std::min(line.find_first_not_of(" \t", at + stamp->length), line.size());
  if (read_logfmt_pair(line, at).end == 0) return {};
  while (at < line.size()) {
    if (ascii::is_blank(line[at])) {
      ++at;
      continue;
    }
    const std::size_t begin = at;
    const LogfmtPair pair = read_logfmt_pair(line, at);
    if (pair.unclosed) {  // a cut line; looking for the end of each quote again would cost its square
      outside += line.size() - at;
      break;
    }
    if (pair.end != 0) {
      at = pair.end;
      if (!pair.value.empty()) {  // "d29yZA=" has the form of a key without a value
        ++pairs;
        in_pairs += at - begin;
      }
      if (result.level == Level::unknown) result.level = level_of_pair(pair);
      continue;
    }
    while (at < line.size() && !ascii::is_blank(line[at])) ++at;
    outside += at - begin;
  }
  result.logfmt = pairs >= 2 && in_pairs > outside;
  if (!result.logfmt) result.level = Level::unknown;
  return result;
}

}  // namespace taffrail::text
