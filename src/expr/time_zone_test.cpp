#include "expr/time_zone.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace taffrail::expr {
namespace {

using namespace std::chrono;

std::int64_t at(year_month_day date, hours hour = hours(0)) {
  return (sys_days(date) + hour).time_since_epoch() / seconds(1);
}

TEST(TimeZones, AreThoseOfTheSystem) {
  struct Case {
    const char* zone;
    year_month_day date;
    std::int32_t offset;
    const char* abbreviation;
  };
  const Case cases[] = {
      {"Europe/Zurich", 2026y / 1 / 15, 3600, "CET"},
      {"Europe/Zurich", 2026y / 7 / 15, 7200, "CEST"},
      {"America/New_York", 2026y / 7 / 15, -14'400, "EDT"},
      {"Asia/Kolkata", 2026y / 7 / 15, 19'800, "IST"},
      {"Asia/Kathmandu", 1980y / 1 / 1, 19'800, "+0530"},
      {"Australia/Lord_Howe", 2026y / 7 / 15, 37'800, "+1030"},
      {"Etc/GMT+5", 2026y / 7 / 15, -18'000, "-05"},
      // Beyond the last transition in the file its last rule goes on.
      {"Europe/Zurich", 2050y / 7 / 15, 7200, "CEST"},
      {"Europe/Zurich", 2050y / 1 / 15, 3600, "CET"},
      {"America/New_York", 2099y / 7 / 15, -14'400, "EDT"},
      // Before the first one, local mean time.
      {"Europe/Zurich", 1800y / 1 / 1, 2048, "LMT"},
  };
  for (const Case& c : cases) {
    const auto zone = find_zone(c.zone);
    ASSERT_TRUE(zone.has_value()) << c.zone;
    const ZoneOffset found = zone_offset(*zone, at(c.date));
    EXPECT_EQ(found.seconds, c.offset) << c.zone << " " << int(c.date.year());
    EXPECT_EQ(found.abbreviation, c.abbreviation) << c.zone << " " << int(c.date.year());
    EXPECT_EQ(zone_name(*zone), c.zone);
    EXPECT_EQ(find_zone(c.zone), zone) << "the same id again";
  }
}

TEST(TimeZones, OfOtherNamesAreNone) {
  for (const char* name :
       {"No/Where", "../etc/passwd", "/usr/share/zoneinfo/UTC", "Europe", "Europe/", "Europe//Zurich", "Europe/Zurich/",
        "tzdata.zi", "zone.tab", "Europe/Zurich\n", "file:Europe/Zurich", "localtime2"})
    EXPECT_EQ(find_zone(name), std::nullopt) << name;
  EXPECT_EQ(find_zone(""), utc_zone);
  EXPECT_EQ(find_zone("Local"), utc_zone);
}

TEST(TimeZones, HaveTheOffsetOfAnAbbreviation) {
  const ZoneId zurich = find_zone("Europe/Zurich").value();
  EXPECT_EQ(offset_called(zurich, "CEST", at(2026y / 7 / 15)), 7200);
  EXPECT_EQ(offset_called(zurich, "CET", at(2026y / 7 / 15)), 3600) << "though it does not hold then";
  EXPECT_EQ(offset_called(zurich, "BMT", at(2026y / 7 / 15)), 1786) << "until 1894";
  EXPECT_EQ(offset_called(zurich, "PDT", at(2026y / 7 / 15)), std::nullopt);
}

TEST(TimeZones, TakeALocalTimeThatTheClockSkipsOrShowsTwiceAsGoDoes) {
  const ZoneId zurich = find_zone("Europe/Zurich").value();
  const ZoneId new_york = find_zone("America/New_York").value();
  const auto offset_taken = [](ZoneId zone, std::int64_t local) { return local - from_local(zone, local); };
  // Go does not say which of the two offsets it takes; these are what its time.Date does.
  EXPECT_EQ(offset_taken(zurich, at(2026y / 7 / 15)), 7200);
  EXPECT_EQ(offset_taken(zurich, at(2026y / 3 / 29, 2h)), 3600) << "skipped";
  EXPECT_EQ(offset_taken(zurich, at(2026y / 10 / 25, 2h)), 3600) << "twice";
  EXPECT_EQ(offset_taken(new_york, at(2026y / 3 / 8, 2h)), -14'400) << "skipped";
  EXPECT_EQ(offset_taken(new_york, at(2026y / 11 / 1, 1h)), -14'400) << "twice";
}

TEST(TimeZones, OfAFixedOffsetHaveNoNameAndOneIdEach) {
  const ZoneId fixed = fixed_zone(5400);
  EXPECT_EQ(fixed_zone(5400), fixed);
  EXPECT_EQ(fixed_zone(0), utc_zone);
  EXPECT_EQ(zone_offset(fixed, 0).seconds, 5400);
  EXPECT_EQ(zone_offset(fixed, 0).abbreviation, "");
  EXPECT_EQ(zone_name(fixed), "");
  EXPECT_EQ(from_local(fixed, 5400), 0);
}

}  // namespace
}  // namespace taffrail::expr
