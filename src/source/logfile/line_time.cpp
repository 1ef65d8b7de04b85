#include "source/logfile/line_time.hpp"

#include <ctime>

namespace taffrail::logfile {
namespace {

/// What `mktime` makes of a local time, told that summer time is or is not in force; nothing where the zone says
/// otherwise of that time.
std::optional<Duration> offset_if(std::time_t local, int is_dst) {
  std::tm parts{};
  ::gmtime_r(&local, &parts);
  parts.tm_isdst = is_dst;
  const std::time_t utc = std::mktime(&parts);
  if (is_dst >= 0 && parts.tm_isdst != is_dst) return std::nullopt;
  return std::chrono::seconds(local - utc);
}

}  // namespace

std::optional<Time> LineTime::of(std::string_view line, Time reference, std::optional<Time> previous) {
  const auto stated = text::stated_time(line, reference);
  if (!stated) return std::nullopt;
  return text::to_utc(*stated, [this](Time local) { return offsets_at(local); }, previous);
}

/// Programs that state no offset write the machine's local time.
/// Of the C library, for Abseil takes a TZ that is a rule ("CET-1CEST,M3.5.0,M10.5.0/3") for UTC; asked once for many
/// lines.
text::LocalOffsets LineTime::offsets_at(Time local) {
  const std::int64_t quarter = std::chrono::floor<std::chrono::minutes>(local).time_since_epoch().count() / 15;
  Known& known = known_.at(static_cast<std::uint64_t>(quarter) % known_.size());
  if (quarter != known.quarter) {
    const auto asked = static_cast<std::time_t>(quarter * 900);
    const auto summer = offset_if(asked, 1);
    const auto winter = offset_if(asked, 0);
    if (summer && winter) {  // the night when the clocks are put back: first summer time, then not
      known.offsets = {.earlier = *summer, .later = *winter};
    } else {
      known.offsets.earlier = known.offsets.later = *offset_if(asked, -1);
    }
    known.quarter = quarter;
  }
  return known.offsets;
}

}  // namespace taffrail::logfile
