#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace taffrail::history {

/// Counts different values: exactly up to `most_exact` of them (by hashes of 64 bits, of which two in 10^13 sets of
/// that size are equal), beyond it by a HyperLogLog of 4,096 registers, whose standard error is 1.04 / sqrt(4096), 1.6
/// %.
///
/// Flajolet, Fusy, Gandouet, Meunier: "HyperLogLog", AofA 2007; the estimate is that of Ertl, "New cardinality
/// estimation algorithms for HyperLogLog sketches", arXiv 1702.01284 (2017), algorithm 6, which needs no correction
/// tables.
class DistinctCount {
 public:
  static constexpr std::size_t most_exact = 512;
  static constexpr double standard_error = 0.01625;

  /// @param value any bytes; equal ones are one value
  void add(std::string_view value);
  void merge(const DistinctCount& other);
  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] bool exact() const { return registers_.empty(); }
  /// Of memory, beside the object itself.
  [[nodiscard]] std::size_t bytes() const { return hashes_.capacity() * sizeof(std::uint64_t) + registers_.capacity(); }

 private:
  static constexpr unsigned index_bits = 12;

  void add_hash(std::uint64_t hash);
  void settle();
  void note(std::uint64_t hash);

  std::vector<std::uint64_t> hashes_;    ///< some of them twice; none when there are registers
  std::vector<std::uint8_t> registers_;  ///< none while it is exact
};

}  // namespace taffrail::history
