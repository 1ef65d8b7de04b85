#include "alert/rule/moving_sample.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "base/time_format.hpp"

namespace taffrail::alert {
namespace {

using namespace std::chrono_literals;
using Aggregate = RuleSpec::Aggregate;

const Time start = *parse_rfc3339("2026-11-26T10:00:00.5Z");

StatSample sample_at(Duration after, double cpu, double memory) {
  StatSample sample;
  sample.time = start + after;
  sample.cpu = cpu;
  sample.memory = memory;
  sample.memory_limit = 1000;
  return sample;
}

TEST(MovingSample, IsTheMeanTheGreatestOrTheGrowth) {
  MovingSample avg({.aggregate = Aggregate::avg, .length = 1min});
  MovingSample max({.aggregate = Aggregate::max, .length = 1min});
  MovingSample rate({.aggregate = Aggregate::rate, .length = 1min});
  StatSample a;
  StatSample m;
  StatSample r = rate.add(sample_at(-1s, 0, 0));
  EXPECT_FALSE(r.cpu);  // one sample has no growth
  for (int i = 0; i <= 120; ++i) {
    const StatSample sample = sample_at(std::chrono::seconds(i), i == 100 ? 8 : 2, 500 + 10.0 * i);
    a = avg.add(sample);
    m = max.add(sample);
    r = rate.add(sample);
  }
  EXPECT_EQ(a.time, start + 120s);
  EXPECT_DOUBLE_EQ(a.cpu.value(), 2.1);
  EXPECT_DOUBLE_EQ(m.cpu.value(), 8);
  EXPECT_DOUBLE_EQ(m.memory.value(), 1700);
  EXPECT_NEAR(r.memory.value(), 10, 1e-9);
  EXPECT_DOUBLE_EQ(r.cpu.value(), 0);
  for (const StatSample& each : {a, m, r}) {
    EXPECT_EQ(each.memory_limit, 1000);  // so that percentages are of it
    EXPECT_FALSE(each.swap);
  }
}

TEST(MovingSample, GrowsFromNothingAfterATotalWasReset) {
  MovingSample rate({.aggregate = Aggregate::rate, .length = 1min});
  StatSample sample;
  StatSample last;
  for (const auto& [second, kills] : {std::pair{0, 7.0}, {10, 9.0}, {20, 4.0}}) {
    sample.time = start + std::chrono::seconds(second);
    sample.oom_kills = kills;
    last = rate.add(sample);
  }
  EXPECT_DOUBLE_EQ(last.oom_kills.value(), 0.2);
}

TEST(MovingSample, BeginsAnewWhenTheClockIsSetBack) {
  MovingSample avg({.aggregate = Aggregate::avg, .length = 10min});
  (void)avg.add(sample_at(1h, 10, 1));
  EXPECT_DOUBLE_EQ(avg.add(sample_at(1h - 30s, 20, 1)).cpu.value(), 15);
  EXPECT_DOUBLE_EQ(avg.add(sample_at(0s, 4, 1)).cpu.value(), 4);
  EXPECT_DOUBLE_EQ(avg.add(sample_at(1s, 6, 1)).cpu.value(), 5);
}

// All samples are kept, and the definitions asked.
TEST(MovingSample, IsWhatAListOfAllSamplesGives) {
  std::mt19937_64 random(7);
  const auto below = [&](std::uint64_t n) { return random() % n; };
  for (int round = 0; round < 600; ++round) {
    const RuleSpec::MovingWindow window{.aggregate = static_cast<Aggregate>(below(3)),
                                        .length = std::chrono::seconds(1 + below(600))};
    MovingSample moving(window);
    std::vector<StatSample> all;
    StatSample newest;
    Time now = start;
    for (int i = 0; i < 60; ++i) {
      now += std::chrono::milliseconds(below(4) == 0 ? 0 : below(20'000));
      if (below(60) == 0) now -= std::chrono::hours(1 + below(3));
      StatSample sample;
      sample.time = below(6) == 0 ? now - std::chrono::milliseconds(below(59'000)) : now;
      for (const Metric& metric : all_metrics)
        if (below(5) != 0) sample.*metric.value = static_cast<double>(below(1000));
      if (!all.empty() && sample.time < newest.time - 1min) all.clear();
      if (all.empty() || sample.time >= newest.time) newest = sample;
      all.push_back(sample);
      const StatSample is = moving.add(sample);
      ASSERT_EQ(is.time, newest.time);
      const Duration width = window.length / 60;
      const auto index = [&](Time at) { return at.time_since_epoch() / width; };
      std::map<std::int64_t, std::vector<StatSample>> buckets;
      for (const StatSample& s : all) {
        // What came too late for the window of its time was not counted then, and is not in it now.
        if (index(s.time) > index(newest.time) - 60) buckets[index(s.time)].push_back(s);
      }
      for (const Metric& metric : all_metrics) {
        std::optional<double> should;
        const std::optional<double>& last = newest.*metric.value;
        double sum = 0;
        double most = -1;
        int count = 0;
        std::optional<std::pair<Time, double>> first;
        for (const auto& [_, samples] : buckets)
          for (const StatSample& s : samples) {
            const std::optional<double>& value = s.*metric.value;
            if (!value) continue;
            sum += *value;
            most = std::max(most, *value);
            ++count;
            if (!first && s.time == samples.front().time) first = {s.time, *value};
          }
        if (metric.name == "memory_limit" || (metric.kind == MetricKind::newest && window.aggregate != Aggregate::rate))
          should = last;
        else if (window.aggregate == Aggregate::rate) {
          if (last && first && newest.time > first->first)
            should = (*last - (metric.kind == MetricKind::newest && *last < first->second ? 0 : first->second)) /
                     std::chrono::duration<double>(newest.time - first->first).count();
        } else if (count > 0) {
          should = window.aggregate == Aggregate::avg ? sum / count : most;
        }
        const std::optional<double>& value = is.*metric.value;
        ASSERT_EQ(value.has_value(), should.has_value()) << round << " " << i << " " << metric.name;
        if (should) ASSERT_NEAR(*value, *should, 1e-9 * (1 + std::abs(*should))) << round << " " << i;
      }
    }
  }
}

}  // namespace
}  // namespace taffrail::alert
