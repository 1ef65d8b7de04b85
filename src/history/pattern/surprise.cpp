#include "history/pattern/surprise.hpp"

#include <algorithm>
#include <cmath>

namespace taffrail::history {
namespace {

/// One cell's part of G / 2.
double cell(double observed, double expected) {
  return observed > 0 && expected > 0 ? observed * std::log(observed / expected) : 0;
}

}  // namespace

double surprise_of_shares(std::uint64_t count, std::uint64_t total, std::uint64_t base, std::uint64_t base_total) {
  const auto all = static_cast<double>(total) + static_cast<double>(base_total);
  if (total == 0 || base_total == 0) return 0;
  const double share = (static_cast<double>(count) + static_cast<double>(base)) / all;
  const auto half = [share](std::uint64_t part, std::uint64_t whole) {
    const auto size = static_cast<double>(whole);
    return cell(static_cast<double>(part), size * share) + cell(static_cast<double>(whole - part), size * (1 - share));
  };
  // Rounding may leave a little less than nothing.
  return std::max(0.0, 2 * (half(count, total) + half(base, base_total)));
}

double surprise_of_rates(std::uint64_t count, double length, std::uint64_t base, double base_length) {
  if (length <= 0 || base_length <= 0) return 0;
  const double rate = (static_cast<double>(count) + static_cast<double>(base)) / (length + base_length);
  return std::max(
      0.0, 2 * (cell(static_cast<double>(count), rate * length) + cell(static_cast<double>(base), rate * base_length)));
}

void Spread::add(double number) {
  ++count_;
  const double difference = number - mean_;
  mean_ += difference / static_cast<double>(count_);
  squares_ += difference * (number - mean_);
}

double surprise_of_means(const Spread& numbers, const Spread& base) {
  constexpr double least_spread = 0.05;
  const double difference = numbers.mean() - base.mean();
  if (numbers.count() == 0 || base.count() == 0 || difference == 0) return 0;
  const double least = least_spread * std::max(std::abs(numbers.mean()), std::abs(base.mean()));
  const auto of_mean = [least](const Spread& some) {
    return std::max(some.variance(), least * least) / static_cast<double>(some.count());
  };
  return difference / std::sqrt(of_mean(numbers) + of_mean(base));
}

}  // namespace taffrail::history
