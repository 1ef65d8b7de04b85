#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace taffrail {

/// Appends `time` as RFC 3339 in UTC with nine fraction digits ("2026-11-21T09:10:05.123456789Z", always 30 bytes
/// for the years 0 to 9999). Allocates nothing beyond `out`'s growth.
void append_rfc3339(std::string& out, Time time);
[[nodiscard]] std::string to_rfc3339(Time time);

/// Reads an RFC 3339 time with 0 to 9 fraction digits and an offset ("Z", "+01:00"), exactly as long as `text`.
/// Engine log lines start with one, so this is on the path of every line. Nothing when it is not one, or when it lies
/// outside what 64-bit nanoseconds hold (1678 to 2261).
[[nodiscard]] std::optional<Time> parse_rfc3339(std::string_view text);

/// Reads a length of time: a sum of decimal numbers with units ns, us, µs, ms, s, m, h, d ("15m", "1h30m", "1.5s").
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

/// The same length as parse_duration reads it, exact: "5m", "1h30m", "1s500ms"; "0s". @param duration not negative
[[nodiscard]] std::string to_duration_text(Duration duration);

/// Reads a time parameter as the HTTP interface takes it: RFC 3339, Unix nanoseconds, or a duration before `now`.
[[nodiscard]] Result<Time> parse_time_parameter(std::string_view text, Time now);

}  // namespace taffrail
