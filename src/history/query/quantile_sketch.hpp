#pragma once

#include <boost/container/flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace taffrail::history {

/// Tells which value so many of all values are not above: exactly up to `most_exact` values, beyond it within
/// `relative_error` of that value, by a DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile
/// sketch with relative-error guarantees", PVLDB 12 (2019)). A value belongs to the bin ceil(log_g |x|) of its sign,
/// with g = (1 + e) / (1 - e), so a bin's middle is within e of all that is in it.
class QuantileSketch {
 public:
  static constexpr std::size_t most_exact = 256;
  static constexpr double relative_error = 0.01;
  /// Bins that are held: values over forty powers of ten have no more. Of further ones the least are put together, and
  /// quantiles that fall there are no longer within the error.
  static constexpr std::size_t most_bins = 4608;

  void add(double value);  ///< finite
  void merge(const QuantileSketch& other);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] bool exact() const { return bins_.empty(); }
  /// The value at rank ceil(q * size), at least the first. @param q 0 to 1; `size` is not 0
  [[nodiscard]] double quantile(double q) const;
  /// Of memory, beside the object itself.
  [[nodiscard]] std::size_t bytes() const {
    return values_.capacity() * sizeof(double) + bins_.capacity() * sizeof(Bins::value_type);
  }

 private:
  /// By the bins' numbers, which rise with their values: negative for negative values, 0 for zero.
  using Bins = boost::container::flat_map<std::int32_t, std::uint64_t>;

  void add_to_bin(std::int32_t bin, std::uint64_t count);
  void leave_values();

  std::uint64_t size_ = 0;
  std::vector<double> values_;  ///< none when there are bins
  Bins bins_;
};

}  // namespace taffrail::history
