#pragma once

#include <cstdint>

namespace taffrail::history {

/// How far two numbers are from what they would be if they had one cause: the G statistic (log-likelihood ratio) of
/// Dunning, "Accurate Methods for the Statistics of Surprise and Coincidence", Computational Linguistics 19 (1993),
/// G = 2 * sum of observed * ln(observed / expected). Of chance alone it is above 10.83 once in a thousand times
/// (chi-squared with one degree of freedom).
///
/// Here the cells are `count` of `total` and `base` of `base_total` things, and those that are not.
[[nodiscard]] double surprise_of_shares(std::uint64_t count, std::uint64_t total, std::uint64_t base,
                                        std::uint64_t base_total);
/// Here they are the numbers of events in two lengths of time, in any unit (Poisson rates; the same test with one pair
/// of cells).
[[nodiscard]] double surprise_of_rates(std::uint64_t count, double length, std::uint64_t base, double base_length);

/// Count, mean and variance of numbers as they come (Welford, "Note on a Method for Calculating Corrected Sums of
/// Squares and Products", Technometrics 4, 1962).
class Spread {
 public:
  void add(double number);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] double mean() const { return mean_; }
  /// Of the numbers' source; 0 of fewer than two.
  [[nodiscard]] double variance() const { return count_ < 2 ? 0 : squares_ / static_cast<double>(count_ - 1); }

 private:
  std::uint64_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;  // of the differences to the mean
};

/// How many standard errors one mean lies above another: the statistic of Welch, "The Generalization of Student's
/// Problem when Several Different Population Variances are Involved", Biometrika 34 (1947). Numbers of either are taken
/// to spread by 5 % of the greater mean at least, or a level that hardly moves would be beyond all others when it does.
/// @return negative where it lies below; 0 where either has no numbers
[[nodiscard]] double surprise_of_means(const Spread& numbers, const Spread& base);

}  // namespace taffrail::history
