#include "api/live_message.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/time_format.hpp"

namespace taffrail::api {
namespace {

using namespace std::chrono_literals;

const Time now = *parse_rfc3339("2026-11-21T10:00:00Z");

TEST(LiveMessage, ReadsALogSubscriptionWithAllItsWishes) {
  const auto message = parse_client_message(
      R"({"type":"subscribe","sub":3,"what":"logs","containers":["a","b"],"tail":500,"cursor":"7@2026-11-21T09:00:00Z","since":"15m",
         "levels":["warn","error"],"streams":["stderr"],"filter":"level == \"error\"","credit":262144})",
      now);
  ASSERT_TRUE(message) << message.error().problem.detail;
  const auto& subscribe = std::get<Subscribe>(*message);
  EXPECT_EQ(subscribe.sub, 3U);
  const auto& logs = std::get<WantLogs>(subscribe.what);
  EXPECT_EQ(logs.containers, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(logs.tail, 500U);
  EXPECT_EQ(logs.cursor->seq, 7U);
  EXPECT_EQ(*logs.since, now - 15min);
  EXPECT_EQ(logs.levels, (std::set{text::Level::warn, text::Level::error}));
  EXPECT_EQ(logs.streams, std::set{text::StdStream::err});
  EXPECT_EQ(logs.filter, "level == \"error\"");
  EXPECT_EQ(logs.credit, 262'144U);
}

TEST(LiveMessage, TakesNullForAWishThatIsNotMade) {
  const auto message = parse_client_message(
      R"({"type":"subscribe","sub":1,"what":"logs","containers":["a"],"cursor":null,"tail":null,"credit":1})", now);
  ASSERT_TRUE(message) << message.error().problem.detail;
  EXPECT_FALSE(std::get<WantLogs>(std::get<Subscribe>(*message).what).cursor);
}

TEST(LiveMessage, ReadsTheOthers) {
  EXPECT_TRUE(std::holds_alternative<Ping>(*parse_client_message(R"({"type":"ping"})", now)));
  EXPECT_EQ(std::get<Unsubscribe>(*parse_client_message(R"({"type":"unsubscribe","sub":9})", now)).sub, 9U);
  const auto credit = std::get<GrantCredit>(*parse_client_message(R"({"type":"credit","sub":9,"bytes":65536})", now));
  EXPECT_EQ(credit.bytes, 65'536U);
  const auto stats = std::get<Subscribe>(*parse_client_message(R"({"type":"subscribe","sub":2,"what":"stats"})", now));
  EXPECT_FALSE(std::get<WantStats>(stats.what).containers);
  EXPECT_EQ(std::get<WantStats>(stats.what).history, 300U);
  const auto told =
      std::get<Subscribe>(*parse_client_message(R"({"type":"subscribe","sub":4,"what":"notifications"})", now));
  EXPECT_TRUE(std::holds_alternative<WantNotifications>(told.what));
}

TEST(LiveMessage, IsRefusedWithTheReasonAndTheSubscriptionThatItNames) {
  struct Case {
    const char* text;
    const char* part;  // of the detail
    bool has_sub;
  };
  const Case cases[] = {
      {"", "one JSON object", false},
      {"{", "one JSON object", false},
      {"[1]", "one JSON object", false},
      {"{}", "'type'", false},
      {R"({"type":"fly"})", "'type'", false},
      {R"({"type":7})", "'type' is no string", false},
      {R"({"type":"\ud800"})", "one JSON object", false},
      {R"({"type":"subscribe","what":"containers"})", "'sub' is missing", false},
      {R"({"type":"subscribe","sub":"seven","what":"containers"})", "'sub'", false},
      {R"({"type":"subscribe","sub":1.5,"what":"containers"})", "'sub'", false},
      {R"({"type":"subscribe","sub":-1,"what":"containers"})", "'sub'", false},
      {R"({"type":"subscribe","sub":7,"what":"weather"})", "'what'", true},
      {R"({"type":"subscribe","sub":7,"what":"containers","colour":"red"})", "unknown key 'colour'", true},
      {R"({"type":"subscribe","sub":7,"what":"stats","history":301})", "'history' is at most 300", true},
      {R"({"type":"subscribe","sub":7,"what":"stats","containers":"a"})", "'containers' is no list of strings", true},
      {R"({"type":"subscribe","sub":7,"what":"logs","containers":[],"credit":1})", "'containers' names no container",
       true},
      {R"({"type":"subscribe","sub":7,"what":"logs","containers":["a"]})", "'credit'", true},
      {R"({"type":"subscribe","sub":7,"what":"logs","containers":["a"],"credit":0})", "'credit'", true},
      {R"({"type":"subscribe","sub":7,"what":"logs","containers":["a"],"credit":99999999999})", "'credit'", true},
      {R"({"type":"subscribe","sub":7,"what":"logs","containers":[7],"credit":1})", "'containers'", true},
      {R"({"type":"subscribe","sub":7,"what":"logs","containers":["a"],"credit":1,"levels":["loud"]})",
       "'loud' is no level", true},
      {R"({"type":"subscribe","sub":7,"what":"logs","containers":["a"],"credit":1,"since":"soon"})", "not a time",
       true},
      {R"({"type":"subscribe","sub":7,"what":"logs","containers":["a"],"credit":1,"cursor":"x"})", "not a cursor",
       true},
      {R"({"type":"credit","sub":7})", "'bytes' is missing", true},
      {R"({"type":"credit","sub":7,"bytes":-1})", "'bytes'", true},
      {R"({"type":"ping","sub":7})", "unknown key 'sub'", false},
  };
  for (const Case& c : cases) {
    const auto message = parse_client_message(c.text, now);
    ASSERT_FALSE(message) << c.text;
    EXPECT_EQ(message.error().problem.status, 400);
    EXPECT_TRUE(message.error().problem.detail.contains(c.part))
        << c.text << " gave: " << message.error().problem.detail;
    EXPECT_EQ(message.error().sub.has_value(), c.has_sub) << c.text;
  }
  EXPECT_FALSE(parse_client_message("{\"type\":" + std::string(20'000, '['), now));
}

}  // namespace
}  // namespace taffrail::api
