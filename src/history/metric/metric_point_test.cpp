#include "history/metric/metric_point.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace taffrail::history {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t cpu = 0;
constexpr std::size_t memory = 2;
constexpr std::size_t limit = 3;

PackedSample sample_at(Duration since_1970, std::optional<double> cores, std::optional<double> bytes,
                       std::optional<double> most = std::nullopt) {
  StatSample sample;
  sample.time = Time(since_1970);
  sample.cpu = cores;
  sample.memory = bytes;
  sample.memory_limit = most;
  return PackedSample(sample);
}

TEST(MetricSteps, PutsSamplesOfAStepTogetherAndLeavesOutWhatIsMissing) {
  MetricSteps steps(10s);
  steps.add(sample_at(100s, 1.0, std::nullopt, 10));
  steps.add(sample_at(104s, 4.0, 50, 30));
  steps.add(sample_at(109s, 1.0, std::nullopt, 20));
  steps.add(sample_at(-1s, std::nullopt, 7));
  const auto points = steps.points();
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].step, -1) << "before 1970, rounded down";
  EXPECT_FALSE(points[0].values[cpu].given());
  EXPECT_EQ(points[0].values[memory].mean, 7);
  EXPECT_EQ(points[1].step, 10);
  EXPECT_EQ(points[1].values[cpu].least, 1);
  EXPECT_EQ(points[1].values[cpu].mean, 2);
  EXPECT_EQ(points[1].values[cpu].greatest, 4);
  EXPECT_EQ(points[1].values[memory].mean, 50) << "of those that have it";
  EXPECT_EQ(points[1].values[limit].least, 20) << "a limit is the last one";
  EXPECT_EQ(points[1].values[limit].greatest, 20);
  EXPECT_FALSE(points[1].sample(10s).swap.has_value());
  EXPECT_EQ(points[1].sample(10s).time, Time(100s));
}

TEST(MetricSteps, WeighsPointsByTheTimeThatTheyStandFor) {
  MetricSteps steps(10min);
  MetricPoint coarse;
  coarse.step = 0;
  coarse.values[cpu] = {0, 1, 9};
  steps.add(coarse, 1min);
  MetricPoint fine;
  fine.step = 6;
  fine.values[cpu] = {2, 8, 8};
  steps.add(fine, 10s);
  const auto points = steps.points();
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].values[cpu].least, 0);
  EXPECT_EQ(points[0].values[cpu].mean, 2) << "60 s of 1 and 10 s of 8";
  EXPECT_EQ(points[0].values[cpu].greatest, 9);
}

TEST(MetricSteps, HoldsTimesAtTheEndsOfTime) {
  MetricSteps steps(10s);
  steps.add(sample_at(Time::max().time_since_epoch(), 1.0, 1));
  steps.add(sample_at(Time::min().time_since_epoch(), 1.0, 1));
  const auto points = steps.points();
  ASSERT_EQ(points.size(), 2U);
  for (const MetricPoint& point : points) EXPECT_TRUE(std::isfinite(point.values[cpu].mean));
  MetricSteps days(24h);
  for (const MetricPoint& point : points) days.add(point, 10s);
  EXPECT_EQ(days.points().size(), 2U);
}

}  // namespace
}  // namespace taffrail::history
