#include "text/line_time.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/time_format.hpp"

namespace taffrail::text {
namespace {

using namespace std::chrono_literals;

constexpr Time now{1'795'252'205s};

struct Row {
  std::string_view line;
  std::string_view time;  // empty: none; "~" in front: without a zone
};

std::string printed(std::string_view line) {
  const auto stated = stated_time(line, now);
  if (!stated) return "";
  return (stated->zoned ? "" : "~") + to_rfc3339(stated->time).substr(0, 23);
}

void expect_times(const std::vector<Row>& table) {
  for (const Row& row : table) EXPECT_EQ(printed(row.line), row.time) << row.line;
}

TEST(LineTime, StandsAnywhereInAHead) {
  expect_times({
      {"2026-11-21T09:10:05Z start", "2026-11-21T09:10:05.000"},
      {"ERROR [2026-11-21 09:10:05,123] q.Quay: x", "~2026-11-21T09:10:05.123"},
      {"WARNING 2026-11-21 09:10:05,123 quay 7 140 slow", "~2026-11-21T09:10:05.123"},
      {"[ABCDE] 2026/11/21 09:10:05 WARNING: x", "~2026-11-21T09:10:05.000"},
      {"api-1  | 2026-11-21T09:10:05Z WARN tide", "2026-11-21T09:10:05.000"},
      {"quay haproxy[7]: 10.0.0.1:5000 [21/Nov/2026:09:10:05.123] web", "~2026-11-21T09:10:05.123"},
      {"quay.example:80 10.0.0.1 - - [21/Nov/2026:09:10:05 +0000] \"GET / HTTP/1.1\"", "2026-11-21T09:10:05.000"},
      {"####<Nov 21, 2026 9:10:05 AM UTC> <Notice> <Quay>", "2026-11-21T09:10:05.000"},
      {"(I) 2026-11-21T09:10:05 - up", "~2026-11-21T09:10:05.000"},
      {"  2026-11-21T09:10:05Z indented", "2026-11-21T09:10:05.000"},
  });
}

TEST(LineTime, InTheTextIsNone) {
  expect_times({
      {"", ""},
      {"   at frame", ""},
      {"Next run: 2026-11-22 09:10:05", ""},
      {"the backup of 2026-11-20 09:10:05 is gone", ""},
      {"{\"message\":\"no time\"}", ""},
      {"{\"message\":\"2026-11-21T09:10:05Z\"}", ""},
      {"uptime=2026-11-21T09:10:05Z up", ""},
      {"due 2027-01-01 00:00:00", ""},
      {"\"2026-11-21T09:10:05Z\" is a time", ""},
  });
}

TEST(LineTime, FieldsOfJsonAreTheOutermostThatSaysTime) {
  expect_times({
      {R"({"a":{"time":"2020-01-01T00:00:00Z"},"time":"2026-11-21T09:10:05Z"})", "2026-11-21T09:10:05.000"},
      {R"({"a":{"time":"2020-01-01T00:00:00Z"}})", ""},
      {R"({"list":[{"time":"2020-01-01T00:00:00Z"}]})", ""},
      {R"({"record":{"time":{"repr":"2026-11-21 09:10:05.5+01:00","timestamp":1795248605.5}}})",
       "2026-11-21T08:10:05.500"},
      {R"({"t":{"$date":{"$numberLong":"1795252205123"}}})", "2026-11-21T09:10:05.123"},
      {R"({"timestamp":{"seconds":1795252205,"nanos":5000000}})", "2026-11-21T09:10:05.005"},
      {R"({"time":null,"ts":1795252205})", "2026-11-21T09:10:05.000"},
      {R"({"time":"soon","@timestamp":"2026-11-21T09:10:05Z"})", "2026-11-21T09:10:05.000"},
      {R"({"msg":"a \" time\":","Time":"2026-11-21T09:10:05Z"})", "2026-11-21T09:10:05.000"},
      {R"({"time":12345})", ""},
      {R"({"time_local":"21/Nov/2026:09:10:05 +0100"})", "2026-11-21T08:10:05.000"},
      {R"({"ts" : 1.795252205123E9 , "x":1})", "2026-11-21T09:10:05.123"},
      {R"({"ts":1795252205123.5})", "2026-11-21T09:10:05.123"},
  });
}

TEST(LineTime, NeitherColoursNorCarriageReturnsHideIt) {
  expect_times({
      {"\x1b[90m2026-11-21T09:10:05Z\x1b[0m x", "2026-11-21T09:10:05.000"},
      {"\x1b[36mtime\x1b[0m=2026-11-21T09:10:05Z level=info", "2026-11-21T09:10:05.000"},
      {"\r2026-11-21T09:10:05Z x\r", "2026-11-21T09:10:05.000"},
      {"\xEF\xBB\xBF[2026-11-21T09:10:05Z] x", "2026-11-21T09:10:05.000"},
  });
}

/// Two hours east of UTC until 01:00 UTC of the 25th of October 2026, then one.
LocalOffsets of_berlin(Time local) {
  constexpr Time back{1'792'890'000s};  // 2026-10-25T01:00:00Z
  if (local < back + 1h) return {.earlier = 2h, .later = 2h};
  if (local < back + 2h) return {.earlier = 2h, .later = 1h};
  return {.earlier = 1h, .later = 1h};
}

TEST(LineTime, TheSecondHourOfANightFollowsTheFirst) {
  const std::vector<std::pair<std::string_view, std::string_view>> night{
      {"2026-10-25 01:59:59 x", "2026-10-24T23:59:59"}, {"2026-10-25 02:10:00 x", "2026-10-25T00:10:00"},
      {"2026-10-25 02:09:59 x", "2026-10-25T00:09:59"},  // another thread's, a moment late
      {"2026-10-25 02:59:59 x", "2026-10-25T00:59:59"}, {"2026-10-25 02:00:01 x", "2026-10-25T01:00:01"},
      {"2026-10-25 02:30:00 x", "2026-10-25T01:30:00"}, {"2026-10-25 02:30:05 CET x", "2026-10-25T01:30:05"},
      {"2026-10-25 02:59:59 x", "2026-10-25T01:59:59"}, {"2026-10-25 03:00:00 x", "2026-10-25T02:00:00"}};
  std::optional<Time> previous;
  for (const auto& [line, utc] : night) {
    previous = to_utc(*stated_time(line, now), of_berlin, previous);
    EXPECT_EQ(to_rfc3339(*previous).substr(0, 19), utc) << line;
  }
  // Nobody knows which of the two it is where no line stands before: the first.
  EXPECT_EQ(to_rfc3339(to_utc(*stated_time("2026-10-25 02:30:00 x", now), of_berlin, std::nullopt)).substr(0, 19),
            "2026-10-25T00:30:00");
}

}  // namespace
}  // namespace taffrail::text
