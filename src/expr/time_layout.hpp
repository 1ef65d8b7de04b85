#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "expr/time_zone.hpp"
#include "expr/value.hpp"

namespace taffrail::expr {

/// A time as a calendar and a clock show it.
struct Civil {
  std::int64_t year = 1970;
  unsigned month = 1;  ///< 1 to 12
  unsigned day = 1;
  unsigned hour = 0, minute = 0, second = 0;
  unsigned weekday = 4;  ///< Sunday is 0
  unsigned year_day = 1;
};

[[nodiscard]] Civil to_civil(Instant instant, ZoneId zone);
/// Months and days outside their range carry over, as in Go's time.Date.
[[nodiscard]] Instant from_civil(std::int64_t year, std::int64_t month, std::int64_t day, std::int64_t seconds_of_day,
                                 std::uint32_t nanoseconds, ZoneId zone);

/// Prints a time after an example of the reference time "Mon Jan 2 15:04:05 MST 2006" (Go's package time).
[[nodiscard]] std::string format_time(Instant instant, ZoneId zone, std::string_view layout);

/// Reads a time written after such an example; nothing when `text` does not fit it. @param zone of texts that name none
/// @return the time, in the zone that the text names
[[nodiscard]] std::optional<Value> parse_time(std::string_view layout, std::string_view text, ZoneId zone);

inline constexpr std::string_view layout_rfc3339_nano = "2006-01-02T15:04:05.999999999Z07:00";
/// What printing a time as text gives ("2023-08-14 01:02:03.0045 +0000 UTC").
inline constexpr std::string_view layout_string = "2006-01-02 15:04:05.999999999 -0700 MST";

/// Reads a duration as Go writes them: a sum of decimal numbers with units ns us µs ms s m h, with a sign.
[[nodiscard]] std::optional<std::int64_t> parse_go_duration(std::string_view text);

}  // namespace taffrail::expr
