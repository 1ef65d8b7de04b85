#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace taffrail::text {

/// How bad a line says it is. The order is the order of severity; `unknown` is a line that states no level.
enum class Level : std::uint8_t { unknown, trace, debug, info, warn, error, fatal };
inline constexpr std::size_t level_count = 7;

/// The canonical name: "unknown", "trace", "debug", "info", "warn", "error", "fatal".
[[nodiscard]] std::string_view to_string(Level level);
/// The reverse of to_string: exactly a canonical name, or nothing.
[[nodiscard]] std::optional<Level> parse_level(std::string_view name);

/// The level that a word of some logging library means, in any case: the canonical names and aliases such as "err",
/// "WARNING", "notice", "crit", "SEVERE" (level.cpp has them all), also with a step behind it ("INFO+2" of Go's slog,
/// "debug3", "trace8"). `unknown` for any other word.
[[nodiscard]] Level level_from_word(std::string_view word);
/// The level that a word means which servers write in the language of their locale ("FEHLER", "ERREUR"), as PostgreSQL
/// and Java do, in capitals. Some are ordinary words, so they count only where a colon sets them off.
[[nodiscard]] Level level_from_translated_word(std::string_view word);
/// The level of a single letter as klog, logcat and MongoDB write it (V T D I N W E F C A P), upper case only.
[[nodiscard]] Level level_from_letter(char letter);
/// The number that a library writes for its level: pino and bunyan (10 trace, 20 debug, 30 info, 40 warn, 50 error, 60
/// fatal; a custom one between two counts as the lower) or Monolog (100 debug to 600 emergency). `unknown` for others.
[[nodiscard]] Level level_from_number(std::int64_t number);
/// A syslog severity (RFC 5424, table 2): 0 to 2 fatal, 3 error, 4 warn, 5 and 6 info, 7 debug, others unknown.
[[nodiscard]] Level level_from_syslog_severity(std::int64_t severity);
/// OpenTelemetry's SeverityNumber: four each from 1 (trace) to 24 (fatal), others unknown.
[[nodiscard]] Level level_from_otel_severity(std::int64_t number);

/// What the value of a field says of the level, by the field's name.
enum class LevelKey : std::uint8_t { none, level, syslog, otel };
/// Compares without regard to case, '.', '_', '-' and a leading '@': "level", "logLevel", "@level", "severity_text",
/// "error_severity" and the like; `syslog` for "severity" and "priority", which may be numbers of syslog's.
[[nodiscard]] LevelKey level_key(std::string_view key);
/// A look at the size and a letter that most keys do not pass; those that do may still be none.
[[nodiscard]] constexpr bool may_be_level_key(std::string_view key) {
  if (key.size() < 2) return false;
  const bool prefixed = key[0] == '@' || key[0] == '_';
  const std::size_t size = key.size() - (prefixed ? 1 : 0);
  if (size != 3 && size != 5 && size < 8) return prefixed && size == 1;  // "lvl", "level", "severity", "@l"
  const char first = static_cast<char>((prefixed ? key[1] : key[0]) | 0x20);
  return first == 'l' || first == 's' || first == 'p' || first == 'e';
}
/// The level that a field's text states: a word, a letter, or a number as text.
[[nodiscard]] Level level_from_field(std::string_view value, LevelKey key);

}  // namespace taffrail::text
