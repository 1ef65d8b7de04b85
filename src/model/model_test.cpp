#include <gtest/gtest.h>

#include <string>

#include "base/time_format.hpp"
#include "model/json.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

const Time at = parse_rfc3339("2026-11-21T09:10:05.123456789Z").value();

TEST(Cursor, ReadsWhatItWrites) {
  const Cursor plain{17, at, {}};
  EXPECT_EQ(plain.to_string(), "17@2026-11-21T09:10:05.123456789Z");
  const Cursor named{17, at, ContainerId("abc")};
  EXPECT_EQ(named.to_string(), "17@2026-11-21T09:10:05.123456789Z~abc");
  for (const Cursor& cursor : {plain, named}) {
    const auto back = Cursor::parse(cursor.to_string());
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->seq, cursor.seq);
    EXPECT_EQ(back->time, cursor.time);
    EXPECT_EQ(back->container, cursor.container);
  }
}

TEST(Cursor, RefusesWhatIsNone) {
  for (const char* text : {"", "17", "17@", "@2026-11-21T09:10:05Z", "-1@2026-11-21T09:10:05Z", "17@yesterday",
                           "99999999999999999999@2026-11-21T09:10:05Z", "17 @2026-11-21T09:10:05Z"})
    EXPECT_FALSE(Cursor::parse(text).has_value()) << text;
}

TEST(Json, ARecordShowsItsBytesRepaired) {
  Batch batch;
  batch.container = ContainerId("abc");
  batch.append(at, text::StdStream::err, "a\"b\xff\0c"sv, false);
  batch.records[0].seq = 42;
  batch.records[0].level = text::Level::warn;
  std::string out;
  append_json(out, batch, batch.records[0]);
  EXPECT_EQ(out,
            R"({"container":"abc","time":"2026-11-21T09:10:05.123456789Z","seq":42,"stream":"stderr","level":"warn",)"
            R"("kind":"text","continues":false,"text":"a\"b)"
            "\xef\xbf\xbd"
            R"(\u0000c"})");
}

TEST(Json, AGapNamesItsNeighbours) {
  std::string out;
  append_json(out, Gap{ContainerId("abc"), Cursor{1, at, {}}, std::nullopt, 7, "slow_consumer"});
  EXPECT_EQ(
      out,
      R"({"gap":{"container":"abc","after_seq":1,"before_seq":null,)"
      R"("after_cursor":"1@2026-11-21T09:10:05.123456789Z","before_cursor":null,"lines":7,"reason":"slow_consumer"}})");
}

TEST(Json, WhatIsNotKnownIsNull) {
  StatSample sample;
  sample.time = at;
  sample.cpu = 0.25;
  std::string out;
  append_json(out, sample, nullptr);
  EXPECT_NE(out.find(R"("cpu":0.25,)"), std::string::npos) << out;
  EXPECT_NE(out.find(R"("memory":null,)"), std::string::npos) << out;
}

TEST(Stats, RatesAreDifferencesOverTime) {
  StatCounters before;
  before.time = at;
  before.cpu_ns = 1'000'000'000;
  before.net_rx = 1000;
  before.block_read = 5000;
  StatCounters now = before;
  now.time = at + 2s;
  now.cpu_ns = 2'000'000'000;
  now.net_rx = 3000;
  now.block_read = 4000;  // went down: the container was restarted
  const StatSample sample = difference(before, now);
  EXPECT_DOUBLE_EQ(sample.cpu.value(), 0.5);
  EXPECT_DOUBLE_EQ(sample.net_rx.value(), 1000);
  EXPECT_DOUBLE_EQ(sample.block_read.value(), 2000);
  EXPECT_FALSE(sample.net_tx.has_value());
}

TEST(Stats, NoTimePassedGivesNoRate) {
  StatCounters reading;
  reading.time = at;
  reading.cpu_ns = 1;
  EXPECT_FALSE(difference(reading, reading).cpu.has_value());
}

}  // namespace
}  // namespace taffrail
