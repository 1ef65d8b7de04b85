#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "api/gzip.hpp"
#include "api/log_credit.hpp"
#include "api/log_parameters.hpp"
#include "api/stats_series.hpp"
#include "base/time_format.hpp"

namespace taffrail::api {
namespace {

using namespace std::chrono_literals;

const Time now = *parse_rfc3339("2026-11-21T10:00:00Z");

Answer<LogRequest> read(const std::string& query) {
  const Registry registry;
  return read_log_parameters(*net::parse_target("/logs?" + query), registry, {ContainerId("a")}, now);
}

TEST(LogParameters, ReadWhatTheyMean) {
  const auto request = read(
      "since=15m&until=2026-11-21T09:59:00Z&tail=5&limit=7&cursor=3@2026-11-21T09:00:00Z&until_cursor=9@2026-11-21T09:"
      "30:00Z"
      "&order=desc&follow=true");
  ASSERT_TRUE(request) << request.error().detail;
  EXPECT_EQ(*request->since, now - 15min);
  EXPECT_EQ(*request->until, now - 1min);
  EXPECT_EQ(*request->tail, 5U);
  EXPECT_EQ(*request->limit, 7U);
  EXPECT_EQ(request->cursor->seq, 3U);
  EXPECT_EQ(request->until_cursor->seq, 9U);
  EXPECT_TRUE(request->descending);
  EXPECT_TRUE(request->follow);
  EXPECT_FALSE(request->filter_of);
  EXPECT_EQ(request->containers.size(), 1U);
}

TEST(LogParameters, RefuseWhatTheyAreNotAndNameTheParameter) {
  for (const char* query : {"since=soon",
                            "since=",
                            "until=15x",
                            "tail=-1",
                            "tail=",
                            "tail=1.5",
                            "tail=99999999999999999999",
                            "limit=+1",
                            "limit=0x1",
                            "cursor=yesterday",
                            "cursor=1",
                            "until_cursor=@",
                            "order=sideways",
                            "order=",
                            "levels=warn,loud",
                            "levels=",
                            "levels=warn,",
                            "streams=stdin",
                            "follow=yes",
                            "filter=1%2B",
                            "filter=name"}) {
    const auto request = read(query);
    ASSERT_FALSE(request) << query;
    EXPECT_EQ(request.error().status, 400) << query;
    const std::string name = std::string(query).substr(0, std::string(query).find('='));
    EXPECT_TRUE(request.error().detail.starts_with(name + ":")) << query << " gave: " << request.error().detail;
  }
}

TEST(LogParameters, AFaultInAnExpressionHasItsPlace) {
  const auto request = read("filter=level%20%3D%3D%20lvel");
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().line, 1U);
  EXPECT_EQ(request.error().column, 10U);
}

/// Which of some lines a query keeps.
std::vector<std::string> kept(const std::string& query) {
  Batch batch;
  batch.container = ContainerId("a");
  struct Line {
    const char* text;
    text::Level level;
    text::Kind kind;
    text::StdStream stream;
  };
  for (const Line& line :
       {Line{"plain timeout", text::Level::unknown, text::Kind::text, text::StdStream::out},
        Line{"\x1b[31mred timeout\x1b[0m", text::Level::error, text::Kind::text, text::StdStream::err},
        Line{R"({"status":503,"path":"/cart"})", text::Level::warn, text::Kind::json, text::StdStream::out},
        Line{R"(level=warn status=503 msg="a \"b\"")", text::Level::warn, text::Kind::logfmt, text::StdStream::out}}) {
    batch.append(now, line.stream, line.text, false);
    batch.records.back().level = line.level;
    batch.records.back().head_level = line.level;
    batch.records.back().kind = line.kind;
  }
  Registry registry;
  Container container;
  container.id = batch.container;
  container.name = "shop-api";
  container.labels["tier"] = "front";
  registry.container_changed(container);
  const auto request = read_log_parameters(*net::parse_target("/logs?" + query), registry, {container.id}, now);
  if (!request) return {"refused: " + request.error().detail};
  const FilterPtr filter = request->filter_of ? request->filter_of(container) : nullptr;
  std::vector<std::string> names;
  const char* short_names[] = {"plain", "red", "json", "logfmt"};
  for (std::size_t i = 0; i < batch.records.size(); ++i)
    if (!filter || filter->wants(batch, batch.records[i])) names.emplace_back(short_names[i]);
  return names;
}

TEST(LogParameters, KeepTheLinesOfTheirLevelsStreamsAndExpression) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(kept("levels=error,unknown"), (Names{"plain", "red"}));
  EXPECT_EQ(kept("streams=stderr"), (Names{"red"}));
  EXPECT_EQ(kept("levels=warn&streams=stderr"), (Names{}));
  EXPECT_EQ(kept("filter=message%20contains%20%22timeout%22"), (Names{"plain", "red"}));
  EXPECT_EQ(kept("filter=text%20startsWith%20%22red%22"), (Names{"red"})) << "colours are not part of the text";
  EXPECT_EQ(kept("filter=message.status%20%3D%3D%20503"), (Names{"json"})) << "a logfmt member is a string";
  EXPECT_EQ(kept("filter=message.msg%20%3D%3D%20%27a%20%22b%22%27"), (Names{"logfmt"}));
  EXPECT_EQ(kept("filter=container.name%20%3D%3D%20%22shop-api%22&levels=error"), (Names{"red"}));
  EXPECT_EQ(kept("filter=container.labels%5B%22tier%22%5D%20%3D%3D%20%22back%22"), (Names{}));
}

TEST(LogCredit, IsSpentByFramesAndComesBack) {
  LogCredit credit(1000);
  EXPECT_TRUE(credit.worth_a_frame());
  EXPECT_EQ(credit.frame_bytes(), 1000U);
  EXPECT_TRUE(credit.allows(1000));
  EXPECT_TRUE(credit.allows(5000)) << "nothing is on the way, and it would never fit better";
  credit.spend(600);
  EXPECT_FALSE(credit.worth_a_frame()) << "crumbs";
  EXPECT_FALSE(credit.allows(401));
  EXPECT_TRUE(credit.allows(400));
  credit.grant(600);
  EXPECT_TRUE(credit.allows(5000));
}

TEST(LogCredit, OfALineLongerThanTheWindowIsOwedBeforeTheNextFrame) {
  LogCredit credit(1000);
  credit.spend(5000);
  credit.grant(4999);
  EXPECT_FALSE(credit.allows(1001));
  credit.grant(1);
  EXPECT_TRUE(credit.allows(1001));
}

TEST(LogCredit, NeverHoldsMoreThanItsBoundWhateverIsGranted) {
  LogCredit credit(1);
  for (int i = 0; i < 100; ++i) credit.grant(~0ULL);
  credit.spend(static_cast<std::size_t>(max_credit));
  EXPECT_FALSE(credit.worth_a_frame());
}

PackedSample sample(std::chrono::milliseconds after, std::optional<double> cpu, double memory) {
  StatSample made;
  made.time = now + after;
  made.cpu = cpu;
  made.memory = memory;
  made.memory_limit = 1000;
  return PackedSample(made);
}

TEST(StatsSeries, IsCutToItsRangeAndPutTogetherInSteps) {
  const std::vector<PackedSample> samples{sample(0s, 1.0, 10), sample(1s, std::nullopt, 20), sample(9s, 2.0, 30),
                                          sample(10s, 5.0, 40)};
  EXPECT_EQ(cut_series(samples, {now + 1s, now + 10s}).size(), 2U);
  history::MetricSteps steps(20s);
  add_samples(steps, samples, {now, now + 1h}, 20s);
  const auto points = steps.points();
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].values[0].mean, 3.25F) << "ten seconds of 1.5, and ten of 5";
  EXPECT_EQ(points[0].values[2].least, 10);
  EXPECT_EQ(points[0].values[2].mean, 30);
  EXPECT_EQ(points[0].values[2].greatest, 40);
  std::string json;
  append_points(json, points, 20s);
  EXPECT_EQ(json.find(R"(,"samples":[{"time":")"), 0U);
  EXPECT_NE(json.find(R"("cpu":3.25,)"), std::string::npos);
  EXPECT_NE(json.find(R"("swap":null)"), std::string::npos) << "what is missing is no zero";
  EXPECT_NE(json.find(R"("min":{"cpu":1,"memory":10},"max":{"cpu":5,"memory":40})"), std::string::npos) << json;
  EXPECT_EQ(seam_of(samples), history::begin_of(history::step_of(now, 10s), 10s));
  EXPECT_EQ(seam_of({}), Time::max());
}

TEST(StatsSeries, ChoosesAStepOfSomeHundredPoints) {
  EXPECT_EQ(chosen_step(now - 1h, now), 10s);
  EXPECT_EQ(chosen_step(now - 24h, now), 5min);
  EXPECT_EQ(chosen_step(now - 30 * 24h, now), 3h);
  EXPECT_EQ(chosen_step(Time::min(), Time::max()), 168h);
  EXPECT_EQ(chosen_step(now, now - 1h), 10s);
}

TEST(Gzip, WritesAHeadThatUnpackersKnowAndSavesSpace) {
  const std::string text(100'000, 'a');
  const std::string packed = gzip(text);
  ASSERT_GT(packed.size(), 18U);
  EXPECT_LT(packed.size(), 1000U);
  EXPECT_EQ(packed.substr(0, 3), "\x1f\x8b\x08");
  // The last four bytes are the length of what was packed, little-endian.
  EXPECT_EQ(packed.substr(packed.size() - 4), std::string("\xa0\x86\x01\x00", 4));
}

}  // namespace
}  // namespace taffrail::api
