#include "text/level.hpp"

#include <array>

namespace taffrail::text {
namespace {

constexpr std::array<std::string_view, level_count> names{"unknown", "trace", "debug", "info",
                                                          "warn",    "error", "fatal"};

/// The first eight letters in lower case as one number, so that a word is found by comparing integers.
constexpr std::uint64_t pack(std::string_view word) {
  std::uint64_t packed = 0;
  for (const char c : word.substr(0, 8)) packed = (packed << 8) | (static_cast<unsigned char>(c) | 0x20U);
  return packed;
}

constexpr bool equal_ignoring_case(std::string_view word, std::string_view lower) {
  if (word.size() != lower.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if ((word[i] | 0x20) != lower[i]) return false;
  }
  return true;
}

/// Words of more than eight letters.
Level long_word(std::string_view word) {
  if (equal_ignoring_case(word, "information") || equal_ignoring_case(word, "informational")) return Level::info;
  if (equal_ignoring_case(word, "emergency")) return Level::fatal;
  return Level::unknown;
}

}  // namespace

std::string_view to_string(Level level) { return names[static_cast<std::size_t>(level)]; }

std::optional<Level> parse_level(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Level>(i);
  }
  return std::nullopt;
}

Level level_from_word(std::string_view word) {
  if (word.size() < 3) return Level::unknown;
  for (const char c : word.substr(0, 8)) {
    const bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    const bool digit = c >= '1' && c <= '5';  // debug1 to debug5
    if (!letter && !digit) return Level::unknown;
  }
  if (word.size() > 8) return long_word(word);
  switch (pack(word)) {
    case pack("trace"):
    case pack("trc"):
    case pack("trce"):
    case pack("trac"):
    case pack("verbose"):
    case pack("vrb"):
    case pack("vbs"):
    case pack("finer"):
    case pack("finest"):
    case pack("silly"): return Level::trace;
    case pack("debug"):
    case pack("dbg"):
    case pack("dbug"):
    case pack("debu"):
    case pack("debug1"):
    case pack("debug2"):
    case pack("debug3"):
    case pack("debug4"):
    case pack("debug5"):
    case pack("fine"):
    case pack("config"): return Level::debug;
    case pack("info"):
    case pack("inf"):
    case pack("notice"):
    case pack("note"):
    case pack("success"): return Level::info;
    case pack("warn"):
    case pack("wrn"):
    case pack("warning"): return Level::warn;
    case pack("error"):
    case pack("err"):
    case pack("erro"):
    case pack("fail"): return Level::error;
    case pack("fatal"):
    case pack("ftl"):
    case pack("fata"):
    case pack("crit"):
    case pack("critical"):
    case pack("severe"):
    case pack("panic"):
    case pack("pani"):
    case pack("dpanic"):
    case pack("alert"):
    case pack("emerg"): return Level::fatal;
    default: return Level::unknown;
  }
}

Level level_from_letter(char letter) {
  switch (letter) {
    case 'V':
    case 'T': return Level::trace;
    case 'D': return Level::debug;
    case 'I':
    case 'N': return Level::info;
    case 'W': return Level::warn;
    case 'E': return Level::error;
    case 'F':
    case 'C':
    case 'A':
    case 'P': return Level::fatal;
    default: return Level::unknown;
  }
}

Level level_from_number(std::int64_t number) {
  if (number < 10) return Level::unknown;
  if (number < 20) return Level::trace;
  if (number < 30) return Level::debug;
  if (number < 40) return Level::info;
  if (number < 50) return Level::warn;
  if (number < 60) return Level::error;
  if (number < 70) return Level::fatal;
  switch (number) {
    case 100: return Level::debug;
    case 200:
    case 250: return Level::info;
    case 300: return Level::warn;
    case 400: return Level::error;
    case 500:
    case 550:
    case 600: return Level::fatal;
    default: return Level::unknown;
  }
}

Level level_from_syslog_severity(std::int64_t severity) {
  switch (severity) {
    case 0:
    case 1:
    case 2: return Level::fatal;
    case 3: return Level::error;
    case 4: return Level::warn;
    case 5:
    case 6: return Level::info;
    case 7: return Level::debug;
    default: return Level::unknown;
  }
}

Level level_from_otel_severity(std::int64_t number) {
  return number < 1 || number > 24 ? Level::unknown : static_cast<Level>(1 + (number - 1) / 4);
}

}  // namespace taffrail::text
