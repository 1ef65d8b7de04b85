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
/// "WARNING", "notice", "crit", "SEVERE" (level.cpp has them all). `unknown` for any other word.
[[nodiscard]] Level level_from_word(std::string_view word);
/// The level of a single letter as klog, logcat and MongoDB write it (V T D I N W E F C A P), upper case only.
[[nodiscard]] Level level_from_letter(char letter);
/// The number that a library writes for its level: pino and bunyan (10 trace, 20 debug, 30 info, 40 warn, 50 error, 60
/// fatal; a custom one between two counts as the lower) or Monolog (100 debug to 600 emergency). `unknown` for others.
[[nodiscard]] Level level_from_number(std::int64_t number);
/// A syslog severity (RFC 5424, table 2): 0 to 2 fatal, 3 error, 4 warn, 5 and 6 info, 7 debug, others unknown.
[[nodiscard]] Level level_from_syslog_severity(std::int64_t severity);
/// OpenTelemetry's SeverityNumber: four each from 1 (trace) to 24 (fatal), others unknown.
[[nodiscard]] Level level_from_otel_severity(std::int64_t number);

}  // namespace taffrail::text
