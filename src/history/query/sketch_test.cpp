#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "history/query/distinct_count.hpp"
#include "history/query/quantile_sketch.hpp"

namespace taffrail::history {
namespace {

TEST(DistinctCount, IsExactForFewValuesHoweverOftenTheyCome) {
  DistinctCount count;
  for (int round = 0; round < 50; ++round)
    for (std::size_t i = 0; i < DistinctCount::most_exact; ++i) count.add(std::to_string(i));
  EXPECT_TRUE(count.exact());
  EXPECT_EQ(count.count(), DistinctCount::most_exact);
  EXPECT_EQ(DistinctCount().count(), 0U);
}

TEST(DistinctCount, EstimatesManyWithinFourStandardErrors) {
  DistinctCount count;
  std::size_t added = 0;
  for (const std::size_t next : {2'000U, 6'000U, 12'000U, 30'000U, 100'000U, 1'000'000U}) {
    for (; added < next; ++added) count.add(std::to_string(added));
    EXPECT_FALSE(count.exact());
    const auto wanted = static_cast<double>(added);
    EXPECT_NEAR(static_cast<double>(count.count()), wanted, 4 * DistinctCount::standard_error * wanted);
  }
  EXPECT_LE(count.bytes(), 4096U);
}

TEST(DistinctCount, CountsTheSameInPieces) {
  for (const std::size_t values : {100U, 500U, 20'000U}) {
    DistinctCount whole;
    std::vector<DistinctCount> pieces(7);
    for (std::size_t i = 0; i < values; ++i) {
      const std::string value = std::to_string(i * i);
      whole.add(value);
      pieces[i % 7].add(value);
      pieces[i % 3].add(value);
    }
    DistinctCount merged;
    for (const DistinctCount& piece : pieces) merged.merge(piece);
    EXPECT_EQ(merged.count(), whole.count()) << values;
  }
}

/// The value at rank ceil(q * n).
double at_rank(std::vector<double> values, double q) {
  std::ranges::sort(values);
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size())));
  return values[std::max<std::size_t>(rank, 1) - 1];
}

TEST(QuantileSketch, IsExactForFewAndWithinItsErrorForMany) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> times(3, 2);
  for (const std::size_t count : {1U, 10U, 256U, 257U, 50'000U}) {
    QuantileSketch whole;
    std::vector<QuantileSketch> pieces(5);
    std::vector<double> values;
    for (std::size_t i = 0; i < count; ++i) {
      double value = times(random);
      if (i % 5 == 0) value = -value;
      if (i % 31 == 0) value = 0;
      values.push_back(value);
      whole.add(value);
      pieces[i % 5].add(value);
    }
    QuantileSketch merged;
    for (const QuantileSketch& piece : pieces) merged.merge(piece);
    EXPECT_EQ(whole.exact(), count <= QuantileSketch::most_exact);
    EXPECT_EQ(merged.size(), count);
    for (const double q : {0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
      const double wanted = at_rank(values, q);
      const double error = whole.exact() ? 0 : QuantileSketch::relative_error * std::abs(wanted) * 1.000001;
      EXPECT_NEAR(whole.quantile(q), wanted, error) << count << " " << q;
      EXPECT_NEAR(merged.quantile(q), wanted, error) << count << " " << q;
    }
  }
}

TEST(QuantileSketch, IsBoundedWhateverTheValuesAre) {
  QuantileSketch sketch;
  for (int power = -300; power <= 300; ++power)
    for (int step = 0; step < 120; ++step) sketch.add((1 + step * 0.07) * std::pow(10.0, power));
  EXPECT_LE(sketch.bytes(), std::size_t{256} << 10U);
  EXPECT_NEAR(sketch.quantile(1) / ((1 + 119 * 0.07) * 1e300), 1, QuantileSketch::relative_error);
  sketch.add(1e-310);
  sketch.add(-1.7e308);
  sketch.add(1.7e308);
  EXPECT_NEAR(sketch.quantile(1) / 1.7e308, 1, QuantileSketch::relative_error);
}

}  // namespace
}  // namespace taffrail::history
