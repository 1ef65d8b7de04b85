#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace taffrail::text {

/// A timestamp at the start of a line.
struct LeadingTimestamp {
  Time time{};
  std::size_t length = 0;  ///< bytes it covers, from the start of the line, with its brackets and without blanks behind
  bool zoned = false;      ///< the line states the offset from UTC (or is an epoch); else UTC was assumed
  bool dated = false;      ///< the line states the whole date; else year or day came from the reference
};

/// Recognises a timestamp at the very start of `line`, alone or in brackets: a date, a clock, and a zone if there is
/// one (docs/log-formats.md shows each form).
///   - dates: year first with '-', '/' or '.'; day first with a month's name, with dots, or with slashes where the
///   month
///     can be told; month's name first, as syslog, ctime and Java write it; without separators; logcat's and Hadoop's
///   - clocks: 24 or 12 hours (AM, PM), the fraction behind '.', ',' or ':'; seconds may be absent before AM or PM only
///   - zones: Z, an offset, or a usual abbreviation, attached or behind a blank
///   - klog's and glog's "I1121 09:10:05.123456", and seconds since 1970 behind Abseil's "I0000 00:00:"
///   - numbers since 1970 (epoch.hpp)
/// @param reference completes what the line leaves out: its year (the one that puts the time nearest to it)
/// Nothing when there is none, or it names no real time.
[[nodiscard]] std::optional<LeadingTimestamp> leading_timestamp(std::string_view line, Time reference);

}  // namespace taffrail::text
