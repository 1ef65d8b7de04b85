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

/// Recognises a timestamp at the very start of `line`, alone or in brackets:
/// RFC 3339 and ISO 8601 with 'T' or blank, '.' or ',' before the fraction, any or no offset ("2026-11-21
/// 09:10:05,123"); "2026/11/21 09:10:05" (nginx, Go, Caddy); syslog "Nov 21 09:10:05"; Apache error "[Fri Nov 21
/// 09:10:05.123 2026]"; common log "[21/Nov/2026:09:10:05 +0100]"; logcat "11-21 09:10:05.123"; klog "I1121
/// 09:10:05.123456"; Hadoop "26/11/21 09:10:05"; epoch seconds with a fraction or milliseconds ("1795252205.123",
/// "1795252205123").
/// @param reference completes what the line leaves out: its year (the one that puts the time nearest to it)
/// Nothing when there is none, or it names no real time.
[[nodiscard]] std::optional<LeadingTimestamp> leading_timestamp(std::string_view line, Time reference);

}  // namespace taffrail::text
