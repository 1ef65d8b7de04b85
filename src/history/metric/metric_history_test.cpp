#include "history/metric/metric_history.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include "history/metric/metric_fixture.hpp"
#include "history/metric/metric_schema.hpp"

namespace taffrail::history {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t cpu = 0;
constexpr std::size_t memory = 2;

using Actions = std::vector<std::string>;

EventQuery events_of(const std::string& id) {
  EventQuery query;
  query.containers = {MemorySource::id(id)};
  return query;
}

TEST_F(MetricTest, KeepsWhatTheSamplerGaveAcrossARestart) {
  run([](MetricTest& test) -> Task<> {
    test.add("a");
    test.read("a", 0, 100);
    for (int second = 0; second < 30; ++second) {
      test.clock_.advance(1s);
      test.read("a", second % 10 == 5 ? 2 : 1, 100 + static_cast<std::uint64_t>(second));
    }
    must(co_await test.history_->flush());
    const auto early = co_await test.points("a", 10s);
    EXPECT_EQ(early.size(), 3U) << "the step that is under way is not written";
    EXPECT_NEAR(early[1].values[cpu].mean, 1.1, 0.001);
    EXPECT_EQ(early[1].values[cpu].least, 1);
    EXPECT_EQ(early[1].values[cpu].greatest, 2);
    EXPECT_EQ(early[1].values[memory].least, 109);
    EXPECT_EQ(early[1].values[memory].greatest, 118);
    EXPECT_FALSE(early[1].values[1].given()) << "what a platform does not give stays missing";
    co_await test.restart();
    const auto late = co_await test.points("a", 10s);
    EXPECT_EQ(late.size(), 4U) << "a stop writes all";
    EXPECT_EQ(late[1].values[memory].greatest, 118);
    const auto part = co_await test.points("a", 10s, test.clock_.now() - 20s, test.clock_.now() - 10s);
    EXPECT_EQ(part.size(), 1U);
  }(*this));
}

TEST_F(MetricTest, GoesOnToWriteWhenSomebodyWhoWaitedForThatHasLeft) {
  run([](MetricTest& test) -> Task<> {
    test.add("a");
    constexpr std::size_t rounds = 8;
    for (std::size_t round = 0; round < rounds; ++round) {
      test.clock_.advance(1s);
      test.tell("a", "start");
      TaskGroup asking(test.pipeline_->executor(), report());
      asking.spawn("a page",
                   [](MetricTest& asked) -> Task<> { must(co_await asked.history_->events(events_of("a"))); }(test));
      // Wherever it stands then.
      if (round > 0) co_await sleep_for(std::chrono::microseconds(20U << round));
      asking.cancel();
      co_await asking.join();
    }
    EXPECT_EQ((co_await test.history_->events(events_of("a")))->size(), rounds);
  }(*this));
}

TEST_F(MetricTest, MakesCoarserPointsOfOldOnesAndLosesNoExtreme) {
  run([](MetricTest& test) -> Task<> {
    test.add("a");
    test.read("a", 0, 1);
    const Time begin = test.clock_.now();
    double greatest = 0;
    double sum = 0;
    std::size_t count = 0;
    std::mt19937_64 random(3);
    for (int step = 0; step < 4 * 24 * 360; ++step) {
      test.clock_.advance(10s);
      const std::uint64_t bytes = random() % 1'000'000;
      greatest = std::max(greatest, static_cast<double>(bytes));
      sum += static_cast<double>(bytes);
      ++count;
      test.read("a", 1, bytes);
      if (step % 60 == 59) {
        must(co_await test.history_->flush());
        must(co_await test.history_->tidy());
      }
    }
    test.clock_.advance(10s);
    must(co_await test.history_->flush());
    const auto whole = co_await test.points("a", 24h * 30);
    double mean = 0;
    for (const MetricPoint& point : whole) mean += static_cast<double>(point.values[memory].mean);
    mean /= static_cast<double>(whole.size());
    EXPECT_NEAR(mean, sum / static_cast<double>(count), 600'000 * 0.001);
    EXPECT_NEAR(whole.back().values[memory].greatest, greatest, greatest / 8192.0);
    // Steps of a minute before the last six to twelve hours, of ten minutes before the last two to three days.
    const auto fine = co_await test.points("a", 10s, test.clock_.now() - 6h);
    EXPECT_EQ(fine.size(), 6U * 360);
    const auto middle = co_await test.points("a", 10s, test.clock_.now() - 40h, test.clock_.now() - 39h);
    EXPECT_EQ(middle.size(), 60U);
    EXPECT_LT(middle[1].values[memory].least, middle[1].values[memory].greatest);
    const auto coarse = co_await test.points("a", 10s, begin, begin + 5h);
    EXPECT_EQ(coarse.size(), 30U);
  }(*this));
}

TEST_F(MetricTest, IsHeldAgainstAListWhateverTheClockDoes) {
  run([](MetricTest& test) -> Task<> {
    std::mt19937_64 random(5);
    std::map<std::string, std::map<std::int64_t, std::pair<double, double>>> list;  // least and greatest of ten minutes
    const std::vector<std::string> names{"a", "b", "c"};
    for (const auto& name : names) {
      test.add(name);
      test.read(name, 0, 1);
    }
    for (int turn = 0; turn < 6000; ++turn) {
      const auto dice = random() % 1000;
      test.clock_.advance(dice < 3    ? -Duration(24h)
                          : dice < 6  ? Duration(26h)
                          : dice < 30 ? Duration(1h)
                                      : Duration(7s));
      for (const auto& name : names) {
        if (random() % 5 == 0) continue;
        const bool given = random() % 4 != 0;
        const auto bytes = random() % 1'000'000;
        test.read(name, 1, given ? std::optional(bytes) : std::nullopt);
        if (!given) continue;
        const auto value = static_cast<double>(bytes);
        const auto [at, fresh] = list[name].try_emplace(step_of(test.clock_.now(), 10min), value, value);
        at->second = {std::min(at->second.first, value), std::max(at->second.second, value)};
      }
      if (random() % 5 == 0) must(co_await test.history_->flush());
      if (random() % 60 == 0) must(co_await test.history_->tidy());
      if (random() % 1500 == 0) {
        co_await test.restart();
        for (const auto& name : names) {
          test.add(name);
          test.read(name, 0, std::nullopt);
        }
      }
    }
    must(co_await test.history_->flush(true));
    for (const auto& name : names) {
      const auto points = co_await test.points(name, 10min);
      EXPECT_TRUE(std::ranges::is_sorted(points, std::less_equal(), &MetricPoint::step));
      std::size_t given = 0;
      for (const MetricPoint& point : points) {
        const MetricExtent& value = point.values[memory];
        if (!value.given()) continue;
        ++given;
        const auto expected = list[name].find(point.step);
        if (expected == list[name].end()) throw std::runtime_error("a step that never was");
        EXPECT_NEAR(value.least, expected->second.first, expected->second.first / 8192);
        EXPECT_NEAR(value.greatest, expected->second.second, expected->second.second / 8192);
        EXPECT_LE(value.least, value.mean);
        EXPECT_LE(value.mean, value.greatest);
      }
      EXPECT_EQ(given, list[name].size());
    }
  }(*this));
}

TEST_F(MetricTest, KeepsEventsOnceAndGivesThemInOrder) {
  run([](MetricTest& test) -> Task<> {
    test.add("a");
    test.add("b");
    test.tell("a", "start");
    test.clock_.advance(1s);
    test.tell("b", "start");
    test.clock_.advance(1s);
    test.tell("a", "die", {{"exitCode", "137"}});
    test.tell("a", "die", {{"exitCode", "137"}});
    EXPECT_EQ(co_await test.actions(events_of("a")), (Actions{"start", "die"}));
    EXPECT_EQ(co_await test.actions({}), (Actions{"start", "start", "die"}));
    EventQuery newest;
    newest.descending = true;
    newest.limit = 1;
    const auto last = co_await test.history_->events(newest);
    EXPECT_EQ(last->at(0).event.action, "die");
    EXPECT_EQ(last->at(0).event.attributes.at("exitCode"), "137");
    newest.cursor = last->at(0).place;
    newest.limit = 5;
    EXPECT_EQ(co_await test.actions(newest), (Actions{"start", "start"}));
    EventQuery bounded;
    bounded.since = test.clock_.now() - 1s;
    bounded.until = test.clock_.now();
    EXPECT_EQ(co_await test.actions(bounded), (Actions{"start"}));
    co_await test.restart();
    EXPECT_EQ(co_await test.actions({}), (Actions{"start", "start", "die"}));
    must(co_await test.history_->forget(MemorySource::id("a")));
    EXPECT_EQ(co_await test.actions({}), (Actions{"start"}));
    EXPECT_EQ(co_await test.actions(events_of("a")), Actions());
  }(*this));
}

TEST_F(MetricTest, ForgetsAContainerAndBeginsAnew) {
  run([](MetricTest& test) -> Task<> {
    test.add("a");
    test.read("a", 0, 1);
    for (int step = 0; step < 200; ++step) {
      test.clock_.advance(10s);
      test.read("a", 1, 1);
      if (step == 150) must(co_await test.history_->tidy());
    }
    must(co_await test.history_->flush(true));
    EXPECT_EQ((co_await test.points("a", 10s)).size(), 200U);
    must(co_await test.history_->forget(MemorySource::id("a")));
    EXPECT_TRUE((co_await test.points("a", 10s)).empty());
    test.clock_.advance(10s);
    test.read("a", 1, 1);
    must(co_await test.history_->flush(true));
    must(co_await test.history_->tidy());
    EXPECT_EQ((co_await test.points("a", 10s)).size(), 1U) << "frames hold nothing of the old one";
  }(*this));
}

TEST_F(MetricTest, KeepsWhatItHasAfterARestartUnderAClockThatWasSetForwardBeforeIt) {
  retention_.age = 24h * 10;
  run([](MetricTest& test) -> Task<> {
    const auto sample_some = [&] {
      test.read("a", 0, 1);
      for (int step = 0; step < 20; ++step) {
        test.clock_.advance(10s);
        test.read("a", 1, 1);
      }
    };
    const Time begin = test.clock_.now();
    test.add("a");
    sample_some();
    must(co_await test.history_->flush(true));
    must(co_await test.history_->tidy());
    test.clock_.set_ahead(24h * 365);
    sample_some();
    must(co_await test.history_->flush(true));
    co_await test.restart();
    must(co_await test.history_->tidy());
    EXPECT_EQ((co_await test.points("a", 10s, begin, begin + 1h)).size(), 20U);
  }(*this));
}

TEST_F(MetricTest, KeepsItsSize) {
  retention_.bytes = 400'000;
  retention_.age = 24h * 10;
  run([](MetricTest& test) -> Task<> {
    std::mt19937_64 random(9);
    test.add("a");
    test.read("a", 0, 1);
    for (int step = 0; step < 12 * 24 * 12; ++step) {
      test.clock_.advance(5min);
      test.read("a", static_cast<double>(random() % 1000) / 1000, random());
      if (step % 100 == 0) test.tell("a", "restart");
      if (step % 60 != 59) continue;
      must(co_await test.history_->flush());
      must(co_await test.history_->tidy());
      EXPECT_LE(test.history_->state().bytes, 400'000U);
    }
    const auto points = co_await test.points("a", 24h);
    EXPECT_GE(points.size(), 2U);
    EXPECT_LE(points.size(), 11U);
    const auto events = co_await test.history_->events({});
    EXPECT_GE(events->front().place.time, test.clock_.now() - 24h * 10 - 1h);
  }(*this));
}

TEST_F(MetricTest, GoesOnWithoutADiskAndWritesWhatWaited) {
  run([](MetricTest& test) -> Task<> {
    test.add("a");
    test.read("a", 0, 1);
    test.clock_.advance(10s);
    test.read("a", 1, 1);
    must(co_await test.history_->flush(true));
    // Another process holds the file.
    store::DatabaseFile file;
    file.path = test.folder_.path() / "metrics.db";
    file.migrations = metric_schema;
    auto other = store::open_database(file);
    must(other);
    must(other->connection.run("BEGIN IMMEDIATE"));
    test.clock_.advance(10s);
    test.read("a", 1, 2);
    test.tell("a", "die");
    EXPECT_FALSE((co_await test.history_->flush(true)).has_value());
    EXPECT_TRUE(test.history_->state().failing_since.has_value());
    test.clock_.advance(10s);
    test.read("a", 1, 3);
    must(other->connection.run("ROLLBACK"));
    must(co_await test.history_->flush(true));
    EXPECT_FALSE(test.history_->state().failing_since.has_value());
    EXPECT_EQ((co_await test.points("a", 10s)).size(), 3U);
    EXPECT_EQ(co_await test.actions({}), (Actions{"die"}));
  }(*this));
}

}  // namespace
}  // namespace taffrail::history
