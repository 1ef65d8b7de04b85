#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace taffrail::text {

/// The time that a line states, as it stands there.
struct StatedTime {
  Time time{};
  bool zoned = false;  ///< UTC already; else the writer's local time, as if that were UTC
};

/// The time that a line states: in its head, anywhere the walk for levels goes (at the start, behind a level, a
/// bracket, a process, an address), or in a JSON object or logfmt pairs, also behind a head, in a field whose name says
/// time, in any case and where such objects nest it ("@t", "Timestamp", {"t":{"$date":…}},
/// {"instant":{"epochSecond":…}}). docs/log-formats.md has an example of each. Looks at the first 4 KiB; does not
/// depend on other lines.
/// @param reference completes what the line leaves out (its year)
[[nodiscard]] std::optional<StatedTime> stated_time(std::string_view line, Time reference);

/// How far a place's clocks were from UTC at a local time; two answers where the clocks had been put back and showed
/// that time twice.
struct LocalOffsets {
  Duration earlier{};  ///< of the first time they showed it: subtracted from the local time it gives UTC
  Duration later{};    ///< of the second time; the same where there is only one
};

/// UTC of a stated time.
/// @param offsets_at a callable of LocalOffsets(Time local), asked only for times without a zone
/// @param previous the time of the line before, if it is known: a local time that came twice is the second one where
///        the first would lie well before that line
template <class OffsetsAt>
[[nodiscard]] Time to_utc(const StatedTime& stated, OffsetsAt&& offsets_at, std::optional<Time> previous) {
  if (stated.zoned) return stated.time;
  const LocalOffsets offsets = offsets_at(stated.time);
  const Time first = stated.time - offsets.earlier;
  // Lines of several threads come out of order by moments; the clocks go back by half an hour at least.
  constexpr Duration out_of_order = std::chrono::minutes(20);
  return previous && first < *previous - out_of_order ? stated.time - offsets.later : first;
}

}  // namespace taffrail::text
