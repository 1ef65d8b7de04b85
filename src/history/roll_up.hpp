#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/record.hpp"

namespace taffrail::history {

/// Lines by the level that filters go by (Record::head_level), at the index of the level.
using LevelCounts = std::array<std::uint32_t, text::level_count>;

/// How many lines of each level a block has in each step of time, by what the lines state. It stands in the block's
/// row, so that counts and histograms read no block that lies within their range.
struct RollUp {
  /// Steps without a line have no entry.
  struct Entry {
    std::int64_t step = 0;  ///< its number since 1970: it begins at `step * length`
    LevelCounts counts{};
  };
  static constexpr std::size_t max_entries = 256;

  Duration length{};
  std::vector<Entry> entries;  ///< rising

  /// With the shortest step of 1 s, 10 s, 1 min, 10 min, 1 h, 1 day and 30 days that needs no more than max_entries;
  /// beyond that all lines are one entry of 30 days, the first one's.
  [[nodiscard]] static RollUp of(std::span<const Record> records);

  /// docs/formats/history.md
  [[nodiscard]] std::string encode() const;
  /// Error damaged.
  [[nodiscard]] static Result<RollUp> decode(std::string_view bytes);
};

}  // namespace taffrail::history
