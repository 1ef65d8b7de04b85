#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "history/block/line_set.hpp"

namespace taffrail::history {

/// Which templates the lines of a block have: their own, and those of the quoted strings in them. They fit each other.
struct LineTemplates {
  std::span<const std::uint16_t> ids;         ///< of each line, plus one; 0: it is stored as it is
  std::span<const std::uint16_t> string_ids;  ///< of each quoted string, in the order of the lines
  /// Of each line, the first of its strings in `string_ids`; and behind the last line, how many there are.
  std::span<const std::uint32_t> first_strings;

  [[nodiscard]] std::span<const std::uint16_t> strings(std::size_t line) const {
    return string_ids.subspan(first_strings[line], first_strings[line + 1] - first_strings[line]);
  }
};

/// Of each line of a block the bits that its template and its quoted strings have, together: what is known of some
/// thousand templates, said of all lines at the price of a look at a table for each of their ids.
class LineMarks {
 public:
  /// @param of_templates bits of each template for the lines that have it
  /// @param of_strings the same for the lines that have it as a quoted string
  /// @param stored of lines without a template
  LineMarks(const LineTemplates& lines, std::span<const std::uint8_t> of_templates,
            std::span<const std::uint8_t> of_strings, std::uint8_t stored = 0);

  /// The lines that have of the bits `mask` these and no others.
  [[nodiscard]] LineSet where(std::uint8_t mask, std::uint8_t bits) const;
  /// The lines that have any of these bits.
  [[nodiscard]] LineSet with_any(std::uint8_t bits) const;

 private:
  std::size_t lines_;
  std::vector<std::uint8_t> marks_;  // of each line, and no bits for some behind
};

}  // namespace taffrail::history
