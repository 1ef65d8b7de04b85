#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "history/block/filter_keys.hpp"

namespace taffrail::history {

/// Whether a block can hold a line with some literal: "no" is certain, "maybe" is wrong in one of a hundred blocks. A
/// Bloom filter whose keys have all their bits in one line of 64 bytes, so that a question costs one look at memory,
/// or one read of a row where many filters of one size lie line by line.
class BlockFilter {
 public:
  using Line = std::array<std::uint64_t, 8>;
  static constexpr std::size_t bits_per_key = 10;
  static constexpr std::size_t max_lines = std::size_t{1} << 16;

  /// About bits_per_key bits a key; the number of lines is one of a ladder by the root of two. Where that
  /// is more than a quarter of the block, it is 8 bits, then of fewer kinds of keys.
  /// @param block_bytes of the block on disk
  [[nodiscard]] static BlockFilter build(FilterKeys& keys, std::size_t block_bytes);

  /// A BLOB (docs/formats/block.md), and back. Error damaged or unsupported.
  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static Result<BlockFilter> decode(std::string_view bytes);

  /// What stands before the lines, for those who read a filter's BLOB line by line: line i begins at
  /// `header_bytes + i * sizeof(Line)`. Its checksum is of all lines, so it says nothing of some.
  static constexpr std::size_t header_bytes = 20;
  struct Header {
    KeyKinds kinds;
    std::size_t lines = 0;
    std::uint64_t check = 0;
  };
  /// @param head the first header_bytes of a BLOB @param size of all of it
  /// Error damaged or unsupported.
  [[nodiscard]] static Result<Header> read_header(std::string_view head, std::size_t size);

  [[nodiscard]] const KeyKinds& kinds() const { return kinds_; }
  [[nodiscard]] std::span<const Line> lines() const { return lines_; }

  /// False: no line of the block holds it.
  [[nodiscard]] bool may_hold(const Literal& literal) const;
  /// False: no line has all these keys.
  [[nodiscard]] bool may_hold(std::span<const std::uint64_t> keys) const;

  /// Which of a filter's lines has the bits of a key, and whether it does.
  [[nodiscard]] static std::size_t line_of(std::uint64_t key, std::size_t lines);
  [[nodiscard]] static bool holds(const Line& line, std::uint64_t key);

 private:
  KeyKinds kinds_;
  std::vector<Line> lines_;
};

}  // namespace taffrail::history
