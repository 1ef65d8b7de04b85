#include "history/query/quantile_sketch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace taffrail::history {
namespace {

constexpr double base = (1 + QuantileSketch::relative_error) / (1 - QuantileSketch::relative_error);
/// Values nearer to zero are zero.
constexpr double least = 1e-300;
/// Added to the number of a positive value's bin, so that all are above 0: ln(1e-300) / ln(base) is -34,537.
constexpr std::int32_t bin_offset = 34'600;

std::int32_t bin_of(double value) {
  static const double scale = 1 / std::log(base);
  const double size = std::abs(value);
  if (size < least) return 0;
  const std::int32_t bin = static_cast<std::int32_t>(std::ceil(std::log(size) * scale)) + bin_offset;
  return value < 0 ? -bin : bin;
}

double middle_of(std::int32_t bin) {
  if (bin == 0) return 0;
  const double size =
      std::min(std::pow(base, std::abs(bin) - bin_offset) * (2 / (base + 1)), std::numeric_limits<double>::max());
  return bin < 0 ? -size : size;
}

}  // namespace

void QuantileSketch::add(double value) {
  ++size_;
  if (!exact()) return add_to_bin(bin_of(value), 1);
  values_.push_back(value);
  if (values_.size() > most_exact) leave_values();
}

void QuantileSketch::leave_values() {
  for (const double value : values_) add_to_bin(bin_of(value), 1);
  values_ = std::vector<double>();
}

void QuantileSketch::add_to_bin(std::int32_t bin, std::uint64_t count) {
  bins_[bin] += count;
  if (bins_.size() <= most_bins) return;
  const std::uint64_t lowest = bins_.begin()->second;
  bins_.erase(bins_.begin());
  bins_.begin()->second += lowest;
}

void QuantileSketch::merge(const QuantileSketch& other) {
  if (other.exact()) {
    for (const double value : other.values_) add(value);
    return;
  }
  leave_values();
  size_ += other.size_;
  for (const auto& [bin, count] : other.bins_) add_to_bin(bin, count);
}

double QuantileSketch::quantile(double q) const {
  const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(size_))));
  if (exact()) {
    std::vector<double> values = values_;
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank - 1);
    std::ranges::nth_element(values, at);
    return *at;
  }
  std::uint64_t so_far = 0;
  for (const auto& [bin, count] : bins_) {
    so_far += count;
    if (so_far >= rank) return middle_of(bin);
  }
  return middle_of(bins_.rbegin()->first);
}

}  // namespace taffrail::history
