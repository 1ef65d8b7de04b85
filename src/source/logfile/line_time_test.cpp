#include "source/logfile/line_time.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "base/time_format.hpp"

namespace taffrail::logfile {
namespace {

using namespace std::chrono_literals;

TEST(LineTime, IsWhatTheLineStatesAnywhereUsual) {
  struct Case {
    const char* line;
    const char* time;  // nullptr: none
  };
  const Case cases[] = {
      {"2026-11-21T09:10:05Z start", "2026-11-21T09:10:05.000000000Z"},
      {R"({"level":"info","time":"2026-11-21T09:10:05.25Z","msg":"x"})", "2026-11-21T09:10:05.250000000Z"},
      {R"({"ts":1795252205.5,"msg":"x"})", "2026-11-21T09:10:05.500000000Z"},
      {R"(  {"@timestamp": "2026-11-21T10:10:05+01:00"})", "2026-11-21T09:10:05.000000000Z"},
      {"level=info ts=2026-11-21T09:10:05Z msg=x", "2026-11-21T09:10:05.000000000Z"},
      {"uptime=2026-11-21T09:10:05Z", nullptr},
      {R"({"message":"no time"})", nullptr},
      {"   at frame", nullptr},
      {"", nullptr},
  };
  LineTime line_time;
  for (const Case& c : cases) {
    const auto time = line_time.of(c.line, Time(1'795'252'205s));
    ASSERT_EQ(time.has_value(), c.time != nullptr) << c.line;
    if (time) EXPECT_EQ(to_rfc3339(*time), c.time) << c.line;
  }
}

TEST(LineTime, WithoutAnOffsetIsTheMachinesLocalTime) {
  const char* before = ::getenv("TZ");
  const std::string kept = before ? before : "";
  ::setenv("TZ", "XST-2XDT,M3.5.0,M10.5.0/3", 1);  // two hours east of UTC, three in summer
  ::tzset();
  LineTime line_time;
  EXPECT_EQ(to_rfc3339(*line_time.of("2026-11-21 09:10:05,123 x", Time(1'795'252'205s))),
            "2026-11-21T07:10:05.123000000Z");
  EXPECT_EQ(to_rfc3339(*line_time.of("2026-07-21 09:10:05 x", Time(1'795'252'205s))), "2026-07-21T06:10:05.000000000Z");
  EXPECT_EQ(to_rfc3339(*line_time.of("2026-07-21T09:10:05Z x", Time(1'795'252'205s))),
            "2026-07-21T09:10:05.000000000Z");
  // In the night when the clocks are put back a time comes twice: the line before tells which it is.
  const Time reference(1'795'252'205s);
  const auto first = line_time.of("2026-10-25 02:59:00 x", reference);
  EXPECT_EQ(to_rfc3339(*first), "2026-10-24T23:59:00.000000000Z");
  EXPECT_EQ(to_rfc3339(*line_time.of("2026-10-25 02:01:00 x", reference, first)), "2026-10-25T00:01:00.000000000Z");
  EXPECT_EQ(to_rfc3339(*line_time.of("2026-10-25 02:01:00 x", reference)), "2026-10-24T23:01:00.000000000Z");
  before ? ::setenv("TZ", kept.c_str(), 1) : ::unsetenv("TZ");
  ::tzset();
}

}  // namespace
}  // namespace taffrail::logfile
