#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace taffrail::history {

/// Some of the lines of a block, a bit each.
class LineSet {
 public:
  explicit LineSet(std::size_t lines = 0) : lines_(lines), words_((lines + 63) / 64) {}

  [[nodiscard]] std::size_t lines() const { return lines_; }
  void add(std::size_t line) { words_[line / 64] |= std::uint64_t{1} << (line % 64); }
  void add_all() {
    std::ranges::fill(words_, ~std::uint64_t{0});
    cut();
  }
  /// Sets 64 lines at once, the first of them in the lowest bit. Who may have set lines that there are not cuts them
  /// off.
  void set_word(std::size_t word, std::uint64_t lines) { words_[word] = lines; }
  void cut() {
    if (lines_ % 64 != 0) words_.back() &= (std::uint64_t{1} << (lines_ % 64)) - 1;
  }
  [[nodiscard]] bool holds(std::size_t line) const { return (words_[line / 64] >> (line % 64) & 1U) != 0; }
  [[nodiscard]] std::size_t count() const {
    std::size_t count = 0;
    for (const std::uint64_t word : words_) count += static_cast<std::size_t>(std::popcount(word));
    return count;
  }
  /// Both of as many lines.
  LineSet& operator|=(const LineSet& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
    return *this;
  }
  LineSet& operator&=(const LineSet& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
    return *this;
  }
  LineSet& operator-=(const LineSet& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= ~other.words_[i];
    return *this;
  }
  /// Their indices, rising.
  [[nodiscard]] std::vector<std::uint32_t> indices() const {
    std::vector<std::uint32_t> all;
    all.reserve(count());
    for (std::size_t i = 0; i < words_.size(); ++i) {
      for (std::uint64_t left = words_[i]; left != 0; left &= left - 1)
        all.push_back(static_cast<std::uint32_t>(i * 64 + static_cast<std::size_t>(std::countr_zero(left))));
    }
    return all;
  }

 private:
  std::size_t lines_;
  std::vector<std::uint64_t> words_;
};

}  // namespace taffrail::history
