#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace taffrail::expr {

/// Time zones of the system's database, as Abseil reads it (docs/adr/0011-time-zones.md), and fixed offsets, known by
/// small ids for the life of the process. Thread-safe. After the last transition that the database lists the zone's
/// last rule holds on.
using ZoneId = std::uint16_t;
inline constexpr ZoneId utc_zone = 0;

struct ZoneOffset {
  std::int32_t seconds = 0;               ///< east of UTC
  std::string_view abbreviation = "UTC";  ///< lives as long as the process; empty for fixed offsets
};

/// The zone called `name` ("Europe/Zurich"); "" and "UTC" are UTC, "Local" too, because servers run in UTC. Nothing
/// when the database has no such zone.
[[nodiscard]] std::optional<ZoneId> find_zone(std::string_view name);
/// A zone with a fixed offset; UTC when the table (2,000 zones) is full.
[[nodiscard]] ZoneId fixed_zone(std::int32_t offset_seconds);
[[nodiscard]] std::string zone_name(ZoneId zone);
/// The offset in force at a time, in seconds since 1970.
[[nodiscard]] ZoneOffset zone_offset(ZoneId zone, std::int64_t unix_seconds);
/// The offset that a zone has under an abbreviation ("CEST"), preferably at that local time; nothing when it never has.
[[nodiscard]] std::optional<std::int32_t> offset_called(ZoneId zone, std::string_view abbreviation,
                                                        std::int64_t local_seconds);
/// Seconds since 1970 of a local time (seconds since 1970 as if it were UTC); of a time that the clock skips or shows
/// twice, what Go's time.Date makes of it: one of the two.
[[nodiscard]] std::int64_t from_local(ZoneId zone, std::int64_t local_seconds);

}  // namespace taffrail::expr
