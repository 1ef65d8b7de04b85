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
  const Cursor hosted{17, at, ContainerId(HostId("h"), "abc")};
  EXPECT_EQ(hosted.to_string(), "17@2026-11-21T09:10:05.123456789Z~h/abc");
  for (const Cursor& cursor : {plain, named, hosted}) {
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
  append_json(out, sample);
  EXPECT_NE(out.find(R"("cpu":0.25,)"), std::string::npos) << out;
  EXPECT_NE(out.find(R"("memory":null,)"), std::string::npos) << out;
  EXPECT_EQ(out.find("mounts"), std::string::npos) << out;
}

TEST(Json, TheNewestSampleOfAContainerShowsItsMounts) {
  LatestSample newest;
  newest.mounts = std::make_shared<const std::vector<MountUse>>(
      std::vector<MountUse>{{"/da\"ta", {1000, 125, 75}}, {"/full", {10, 0, 0}}});
  std::string out;
  append_json(out, Container(), &newest);
  EXPECT_NE(
      out.find(
          R"(,"mounts":[{"destination":"/da\"ta","total":1000,"free":125,"available":75,"used":875,)"
          R"("percent":87.5},{"destination":"/full","total":10,"free":0,"available":0,"used":10,"percent":100}]}})"),
      std::string::npos)
      << out;
}

TEST(Stats, RatesAreDifferencesOverTime) {
  StatCounters before;
  before.time = at;
  before.steady = SteadyTime(5s);
  before.cpu_ns = 1'000'000'000;
  before.net_rx = 1000;
  before.block_read = 5000;
  StatCounters now = before;
  now.time = at - 1h;  // the wall clock was set back meanwhile
  now.steady = SteadyTime(7s);
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
  StatCounters later = reading;
  later.time = at + 10s;  // says only the wall clock
  EXPECT_FALSE(difference(reading, later).cpu.has_value());
}

TEST(Stats, EveryMetricOfTheTableIsReadPackedAndWritten) {
  StatCounters before;
  before.time = at;
  before.steady = SteadyTime(1s);
  StatCounters now = before;
  now.steady = SteadyTime(2s);
  std::uint64_t number = 1;
  for (const Metric& metric : all_metrics) {
    before.*metric.counter = 0;
    now.*metric.counter = 1'000'000 * number++;
  }
  const StatSample sample = difference(before, now);
  const StatSample packed = PackedSample(sample).unpack();
  std::string out;
  append_json(out, sample);
  for (const Metric& metric : all_metrics) {
    ASSERT_TRUE((sample.*metric.value).has_value()) << metric.name;
    EXPECT_FLOAT_EQ(static_cast<float>((packed.*metric.value).value()), static_cast<float>(*(sample.*metric.value)));
    EXPECT_NE(out.find('"' + std::string(metric.name) + "\":"), std::string::npos) << out;
  }
  EXPECT_EQ(packed.time, at);
  EXPECT_NE(out.find(R"("memory":3000000,)"), std::string::npos) << "whole numbers are written whole: " << out;
  const StatSample nothing = PackedSample(StatSample{}).unpack();
  for (const Metric& metric : all_metrics) EXPECT_FALSE((nothing.*metric.value).has_value()) << "absent is not 0";
}

TEST(ContainerId, IsNamedAmongAllHostsByHostAndId) {
  const ContainerId one(HostId("a"), "1234");
  const ContainerId other(HostId("b"), "1234");
  EXPECT_NE(one, other);
  EXPECT_EQ(one.full(), "a/1234");
  EXPECT_EQ(ContainerId::parse("a/1234"), one);
  EXPECT_EQ(ContainerId::parse("1234"), ContainerId("1234"));
  EXPECT_EQ(ContainerId("1234").full(), "1234");
}

}  // namespace
}  // namespace taffrail
