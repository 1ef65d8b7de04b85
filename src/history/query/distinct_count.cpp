#include "history/query/distinct_count.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <xxhash.h>

namespace taffrail::history {
namespace {

/// Ertl's sigma and tau: sums of powers that end where a double has no more digits.
double sigma(double x) {
  if (x == 1) return std::numeric_limits<double>::infinity();
  double y = 1;
  double z = x;
  while (true) {
    x *= x;
    const double before = z;
    z += x * y;
    y += y;
    if (z == before) return z;
  }
}

double tau(double x) {
  if (x == 0 || x == 1) return 0;
  double y = 1;
  double z = 1 - x;
  while (true) {
    x = std::sqrt(x);
    const double before = z;
    y /= 2;
    z -= (1 - x) * (1 - x) * y;
    if (z == before) return z / 3;
  }
}

}  // namespace

void DistinctCount::add(std::string_view value) { add_hash(XXH3_64bits(value.data(), value.size())); }

void DistinctCount::add_hash(std::uint64_t hash) {
  if (!exact()) return note(hash);
  if (!hashes_.empty() && hashes_.back() == hash) return;
  hashes_.push_back(hash);
  if (hashes_.size() >= 2 * most_exact) settle();
}

/// Leaves each hash once, or none where there are too many to be kept.
void DistinctCount::settle() {
  std::ranges::sort(hashes_);
  const auto twice = std::ranges::unique(hashes_);
  hashes_.erase(twice.begin(), twice.end());
  if (hashes_.size() <= most_exact) return;
  registers_.resize(std::size_t{1} << index_bits);
  for (const std::uint64_t hash : hashes_) note(hash);
  hashes_ = std::vector<std::uint64_t>();
}

void DistinctCount::note(std::uint64_t hash) {
  const std::size_t index = hash >> (64U - index_bits);
  // Where the first one stands in the other bits, from 1.
  const int rank = std::countl_zero(hash << index_bits | std::uint64_t{1} << (index_bits - 1U)) + 1;
  registers_[index] = std::max(registers_[index], static_cast<std::uint8_t>(rank));
}

void DistinctCount::merge(const DistinctCount& other) {
  if (other.exact()) {
    for (const std::uint64_t hash : other.hashes_) add_hash(hash);
    return;
  }
  if (exact()) {
    registers_.resize(other.registers_.size());
    for (const std::uint64_t hash : hashes_) note(hash);
    hashes_ = std::vector<std::uint64_t>();
  }
  for (std::size_t i = 0; i < registers_.size(); ++i) registers_[i] = std::max(registers_[i], other.registers_[i]);
}

std::uint64_t DistinctCount::count() const {
  if (exact()) {
    std::vector<std::uint64_t> once = hashes_;
    std::ranges::sort(once);
    return static_cast<std::uint64_t>(std::ranges::unique(once).begin() - once.begin());
  }
  constexpr unsigned most_rank = 64 - index_bits + 1;
  std::array<double, most_rank + 1> multiplicity{};
  for (const std::uint8_t rank : registers_) ++multiplicity.at(rank);
  const auto registers = static_cast<double>(registers_.size());
  double z = registers * tau(1 - multiplicity.back() / registers);
  for (unsigned rank = most_rank - 1; rank >= 1; --rank) z = (z + multiplicity.at(rank)) / 2;
  z += registers * sigma(multiplicity.front() / registers);
  return static_cast<std::uint64_t>(std::llround(registers * registers / (2 * std::log(2.0) * z)));
}

}  // namespace taffrail::history
