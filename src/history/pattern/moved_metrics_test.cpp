#include "history/pattern/moved_metrics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <string>

#include "history/metric/metric_fixture.hpp"
#include "history/pattern/surprise.hpp"

namespace taffrail::history {
namespace {

constexpr std::size_t cpu = 0;
constexpr std::size_t memory = 2;

std::vector<MetricPoint> points_of(std::size_t count, std::size_t metric,
                                   const std::function<double(std::size_t)>& make) {
  std::vector<MetricPoint> points(count);
  for (std::size_t i = 0; i < count; ++i) {
    points[i].step = static_cast<std::int64_t>(i);
    const auto value = static_cast<float>(make(i));
    points[i].values[metric] = {value, value, value};
  }
  return points;
}

std::vector<MovedMetric> moved(std::size_t metric, const std::function<double(std::size_t)>& now,
                               const std::function<double(std::size_t)>& before, std::size_t count = 30) {
  const ComparedPoints compared{
      .container = 7, .points = points_of(count, metric, now), .base = points_of(count, metric, before)};
  return moved_metrics({&compared, 1});
}

TEST(SurpriseOfMeans, IsWelchsStatistic) {
  Spread one;
  Spread other;
  EXPECT_EQ(surprise_of_means(one, other), 0);
  for (const double number : {27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4})
    one.add(number);
  for (const double number : {27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 30.6, 20.3})
    other.add(number);
  EXPECT_NEAR(one.mean(), 20.82, 0.005);
  EXPECT_NEAR(one.variance(), 7.74, 0.2);
  EXPECT_LT(surprise_of_means(one, other), -2);
  EXPECT_DOUBLE_EQ(surprise_of_means(one, other), -surprise_of_means(other, one));
  // (20.82 - 23.39) / sqrt(7.74 / 15 + 7.17 / 15), about.
  EXPECT_NEAR(surprise_of_means(one, other),
              (one.mean() - other.mean()) / std::sqrt(one.variance() / 15 + other.variance() / 15), 1e-9);
}

TEST(MovedMetrics, AreThoseWhoseMeansAreOthers) {
  const auto usual = [](std::size_t i) { return 0.1 + 0.01 * static_cast<double>(i % 3); };
  const auto busy = [](std::size_t i) { return 0.9 + 0.1 * static_cast<double>(i % 4); };
  const auto found = moved(cpu, busy, usual);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].container, 7U);
  EXPECT_EQ(found[0].metric, cpu);
  EXPECT_GT(found[0].surprise, 5);
  EXPECT_NEAR(found[0].mean, 1.05, 0.02);
  EXPECT_NEAR(found[0].base_mean, 0.11, 0.01);
  ASSERT_EQ(moved(cpu, usual, busy).size(), 1U);
  EXPECT_LT(moved(cpu, usual, busy)[0].surprise, -5);
}

TEST(MovedMetrics, AreNotThoseThatNobodyMinds) {
  const auto flat = [](double value) { return [value](std::size_t) { return value; }; };
  EXPECT_TRUE(moved(cpu, flat(0.5), flat(0.5)).empty());
  EXPECT_TRUE(moved(cpu, flat(0.0004), flat(0.0001)).empty());
  EXPECT_TRUE(moved(memory, flat(500'000), flat(100'000)).empty());
  EXPECT_TRUE(moved(memory, flat(110e6), flat(100e6)).empty());
  EXPECT_EQ(moved(memory, flat(150e6), flat(100e6)).size(), 1U);
  // Limits are set, and totals grow.
  EXPECT_TRUE(moved(3, flat(200e6), flat(100e6)).empty());
  // Of noise as large as the change, and of two moments.
  EXPECT_TRUE(moved(
                  cpu, [](std::size_t i) { return i % 2 == 0 ? 0.0 : 1.3; },
                  [](std::size_t i) { return i % 2 == 0 ? 0.0 : 1.0; })
                  .empty());
  EXPECT_TRUE(moved(cpu, flat(0.9), flat(0.1), 2).empty());
  EXPECT_TRUE(moved_metrics({}).empty());
}

class ComparedMetrics : public MetricTest {};

TEST_F(ComparedMetrics, AreReadOfTwoTimesOrOfTwoSetsOfContainers) {
  run([](ComparedMetrics& test) -> Task<> {
    const Time begin = test.clock_.now();
    for (const char* id : {"a", "b", "quiet"}) test.add(id);
    for (int second = 0; second < 1200; second += 5) {
      const bool incident = second >= 600;
      test.read("a", incident ? 0.9 : 0.1, 50'000'000);
      test.read("b", 0.1, incident ? 400'000'000 : 50'000'000);
      test.read("quiet", 0.1, 50'000'000);
      if (incident && second % 100 == 0) test.tell("b", "oom");
      if (second % 60 == 0) test.tell("quiet", "exec_start");
      if (second == 930) test.tell("quiet", "exec_start");  // eleven and ten: chance
      test.clock_.advance(std::chrono::seconds(5));
    }
    must(co_await test.history_->flush(true));
    const Time middle = begin + std::chrono::seconds(600);
    const Time end = begin + std::chrono::seconds(1200);
    const std::vector<ContainerId> all{MemorySource::id("a"), MemorySource::id("b"), MemorySource::id("quiet")};
    auto times = co_await compare_metrics(
        *test.history_, test.workers_,
        {.containers = all, .base = {}, .since = middle, .until = end, .base_since = begin, .base_until = middle});
    must(times);
    std::vector<std::pair<std::optional<std::size_t>, std::size_t>> found;
    for (const MovedMetric& one : times->metrics) found.emplace_back(one.container, one.metric);
    std::ranges::sort(found);
    EXPECT_EQ(found, (std::vector<std::pair<std::optional<std::size_t>, std::size_t>>{{0, cpu}, {1, memory}}));
    EXPECT_EQ(times->events.size(), 1U);
    if (!times->events.empty()) {
      EXPECT_EQ(times->events[0].container, 1U);
      EXPECT_EQ(times->events[0].action, "oom");
      EXPECT_EQ(times->events[0].count, 6U);
      EXPECT_EQ(times->events[0].base_count, 0U);
      EXPECT_GT(times->events[0].surprise, 0);
    }

    auto sets = co_await compare_metrics(*test.history_, test.workers_,
                                         {.containers = {all[1]},
                                          .base = std::vector{all[0], all[2]},
                                          .since = middle,
                                          .until = end,
                                          .base_since = middle,
                                          .base_until = end});
    must(sets);
    bool more_memory = false;
    for (const MovedMetric& one : sets->metrics) {
      EXPECT_FALSE(one.container);
      more_memory |= one.metric == memory && one.mean > 300e6 && one.base_mean < 60e6;
    }
    EXPECT_TRUE(more_memory);
    EXPECT_EQ(sets->events.size(), 2U);

    // Ends of time, and nothing at all.
    auto nothing = co_await compare_metrics(*test.history_, test.workers_,
                                            {.containers = {MemorySource::id("nosuch")},
                                             .base = {},
                                             .since = Time::min(),
                                             .until = Time::max(),
                                             .base_since = Time::max(),
                                             .base_until = Time::min()});
    must(nothing);
    EXPECT_TRUE(nothing->metrics.empty());
    EXPECT_TRUE(nothing->events.empty());
  }(*this));
}

}  // namespace
}  // namespace taffrail::history
