#include "history/metric/metric_past.hpp"

#include "history/metric/metric_fixture.hpp"

namespace taffrail::history {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t memory = 2;

class MetricPastTest : public MetricTest {
 public:
  /// The source knows of two days of "a": a sample in ten seconds, a start in each hour.
  void remember(Time now) {
    auto& source = dynamic_cast<MemorySource&>(*pipeline_->sources().all().front());
    EXPECT_TRUE(pipeline_->sources().claim(HostId("memory"), source));
    ContainerPast past;
    for (Time at = now - 48h; at < now + 1h; at += 10s) {
      StatSample& sample = past.samples.emplace_back();
      sample.time = at;
      sample.memory = 7;
    }
    for (Time at = now - 48h; at < now + 1h; at += 1h) {
      ContainerEvent& event = past.events.emplace_back();
      event.container = MemorySource::id("a");
      event.host = event.container.host();
      event.time = at;
      event.action = "start";
    }
    source.remember("a", std::move(past));
  }
  Task<std::size_t> events() {
    EventQuery query;
    query.containers = {MemorySource::id("a")};
    const auto told = co_await actions(std::move(query));
    co_return told.size();
  }
  /// Until so many points of ten seconds are there.
  Task<std::vector<MetricPoint>> points_of(std::size_t many) {
    for (;;) {
      auto there = co_await points("a", 10s);
      if (there.size() >= many) co_return there;
      co_await sleep_for(1ms);
    }
  }
};

TEST_F(MetricPastTest, KeepsADayOfWhatASourceKnowsOfTheTimeBefore) {
  const Time now = clock_.now();
  remember(now);
  run([](MetricPastTest& test, Time began) -> Task<> {
    test.add("a");
    const auto points = co_await test.points_of(24 * 360);
    EXPECT_EQ(points.size(), 24U * 360);
    EXPECT_EQ(begin_of(points.front().step, 10s), began - 24h);
    EXPECT_EQ(points.back().values[memory].mean, 7);
    EXPECT_EQ(co_await test.events(), 24U);
  }(*this, now));
}

TEST_F(MetricPastTest, TakesUpAfterARestartWhatHappenedMeanwhileAndNothingTwice) {
  const Time now = clock_.now();
  remember(now);
  run([](MetricPastTest& test, Time began) -> Task<> {
    test.add("a");
    co_await test.points_of(24 * 360);
    co_await test.end();
    test.make_pipeline();
    test.clock_.advance(30min);
    test.remember(began);
    co_await test.begin();
    test.add("a");
    const auto points = co_await test.points_of(24 * 360 + 180);
    EXPECT_EQ(points.size(), 24U * 360 + 180);
    for (const MetricPoint& point : points) EXPECT_EQ(point.values[memory].greatest, 7);
    EXPECT_EQ(co_await test.events(), 25U) << "that of the hour at which it stopped came meanwhile";
  }(*this, now));
}

TEST_F(MetricPastTest, AsksNobodyWhoDoesNotKnow) {
  run([](MetricPastTest& test) -> Task<> {
    test.add("a");
    test.read("a", 0, 100);
    test.clock_.advance(10s);
    test.read("a", 1, 100);
    must(co_await test.history_->flush(true));
    EXPECT_EQ((co_await test.points("a", 10s)).size(), 1U);
    EXPECT_EQ(co_await test.events(), 0U);
  }(*this));
}

}  // namespace
}  // namespace taffrail::history
