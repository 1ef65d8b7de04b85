#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "history/block/token.hpp"

/// What the writer and the reader of templates have in common (docs/formats/block.md).
namespace taffrail::history {

/// Sections of `text` parts.
namespace text_section {
inline constexpr std::uint32_t templates = 1;         ///< end to end
inline constexpr std::uint32_t template_lengths = 2;  ///< varints
inline constexpr std::uint32_t columns = 3;           ///< the columns in order: key, count, mode
inline constexpr std::uint32_t string_ids = 4;        ///< two planes: the template of each quoted string
inline constexpr std::uint32_t opaque = 6;            ///< tokens, each with a newline behind
inline constexpr std::uint32_t stored_lengths = 7;    ///< varints: of lines that have no template
inline constexpr std::uint32_t stored_lines = 8;      ///< end to end
}  // namespace text_section

/// Sections of `digits` parts: 1 … 19 are digits of that width; a column stands behind the other.
namespace digit_section {
inline constexpr std::uint32_t lower = 20;
inline constexpr std::uint32_t upper = 21;
inline constexpr std::uint32_t steps = 22;  ///< varints: a column that mostly rises, as differences
}  // namespace digit_section

/// How a column is stored.
enum class ColumnMode : std::uint8_t { characters, steps };

/// Names a column: the three bytes of the template before the variable, and its code in the lowest byte.
using ColumnKey = std::uint32_t;
/// The column of a code for all contexts that have none of their own.
[[nodiscard]] constexpr ColumnKey shared_column(std::uint8_t code) { return 0xFFFFFF00U | code; }
/// @param at where in the template the variable's mark is, or will be: a byte can be read there
[[nodiscard]] inline ColumnKey column_key(std::string_view text, std::size_t at, std::uint8_t code) {
  if (at >= 3) {
    ColumnKey before = 0;
    std::memcpy(&before, text.data() + at - 3, sizeof before);
    return (std::byteswap(before) & ~0xFFU) | code;
  }
  ColumnKey key = 0;
  for (std::size_t back = 3; back >= 1; --back)
    key = key << 8 | (at >= back ? static_cast<std::uint8_t>(text[at - back]) : 0U);
  return key << 8 | code;
}

/// The section that a column's characters are in.
[[nodiscard]] constexpr std::uint32_t section_of(std::uint8_t code) {
  switch (variable::class_of(code)) {
    case variable::Class::lower: return digit_section::lower;
    case variable::Class::upper: return digit_section::upper;
    default: return code;
  }
}

}  // namespace taffrail::history
