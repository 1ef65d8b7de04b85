#include "history/metric/metric_block.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace taffrail::history {
namespace {

using Random = std::mt19937_64;

float value_of(Random& random, const Metric& metric) {
  const double size = std::pow(10.0, std::uniform_real_distribution<double>(-6, 12)(random));
  const double value = random() % 8 == 0 ? 0 : size;
  return static_cast<float>(is_whole(metric.kind) ? std::floor(value) : value);
}

/// Points with gaps, missing metrics and metrics that hardly move.
std::vector<MetricPoint> made_up(Random& random, std::size_t count) {
  std::vector<MetricPoint> points(count);
  std::array<unsigned, all_metrics.size()> manner{};
  for (unsigned& one : manner) one = random() % 5;
  std::int64_t step = static_cast<std::int64_t>(random() % 400'000'000) - 200'000'000;
  for (MetricPoint& point : points) {
    step += random() % 50 == 0 ? static_cast<std::int64_t>(random() % 100'000) + 1 : 1;
    point.step = step;
    for (std::size_t i = 0; i < all_metrics.size(); ++i) {
      MetricExtent& value = point.values[i];
      if (manner[i] == 0 || (manner[i] == 1 && random() % 3 == 0)) continue;
      if (manner[i] == 2) {
        value.least = value.mean = value.greatest = 17;
        continue;
      }
      std::array<float, 3> three{};
      for (float& one : three) one = value_of(random, all_metrics[i]);
      std::ranges::sort(three);
      if (manner[i] == 3) three[0] = three[2] = three[1];
      value = {three[0], three[1], three[2]};
    }
  }
  return points;
}

TEST(MetricBlock, GivesBackRandomPointsAsExactlyAsItSays) {
  Random random(7);
  for (int round = 0; round < 300; ++round) {
    const auto points = made_up(random, 1 + random() % 300);
    for (const Exactness exactness : {Exactness::sampled, Exactness::rolled}) {
      const auto read = decode_points(encode_points(points, exactness));
      ASSERT_TRUE(read.has_value()) << read.error().detail;
      ASSERT_EQ(read->size(), points.size());
      for (std::size_t at = 0; at < points.size(); ++at) {
        ASSERT_EQ((*read)[at].step, points[at].step);
        for (std::size_t i = 0; i < all_metrics.size(); ++i) {
          const MetricExtent& was = points[at].values[i];
          const MetricExtent& is = (*read)[at].values[i];
          ASSERT_EQ(is.given(), was.given()) << "what is missing is no zero";
          if (!was.given()) continue;
          const bool exact = all_metrics[i].kind == MetricKind::newest ||
                             (exactness == Exactness::sampled && is_whole(all_metrics[i].kind));
          const float within = exact ? 0 : exactness == Exactness::sampled ? 1.0F / 131'072 : 1.0F / 16'384;
          for (const auto& [now, before] :
               {std::pair(is.least, was.least), std::pair(is.mean, was.mean), std::pair(is.greatest, was.greatest)})
            ASSERT_LE(std::abs(now - before), before * within) << all_metrics[i].name;
        }
      }
    }
  }
}

TEST(MetricBlock, FindsEveryFlippedBitAndEveryCut) {
  Random random(11);
  const auto points = made_up(random, 60);
  const std::string bytes = encode_points(points, Exactness::sampled);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << at % 8));
    const auto read = decode_points(flipped);
    ASSERT_FALSE(read.has_value()) << "byte " << at;
    const auto cut = decode_points(std::string_view(bytes).substr(0, at));
    ASSERT_FALSE(cut.has_value());
    ASSERT_EQ(cut.error().code, ErrorCode::damaged);
  }
  EXPECT_FALSE(decode_points(bytes + '\0').has_value());
}

}  // namespace
}  // namespace taffrail::history
