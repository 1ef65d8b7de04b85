#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "history/block/block_limits.hpp"

namespace taffrail::history {

/// What a variable part of a line is made of, and how many characters, in a byte: that is what stands in a template.
namespace variable {
/// 1 … 19: so many decimal digits.
inline constexpr std::uint8_t max_digits = 19;
/// 0x20 … 0x5C: 4 … 64 digits of hexadecimal numbers in small letters, or 20 … 64 decimal ones.
inline constexpr std::uint8_t lower_hex = 0x20;
/// 0x60 … 0x9C: the same in capitals.
inline constexpr std::uint8_t upper_hex = 0x60;
inline constexpr std::size_t least_hex = 4;
inline constexpr std::size_t most_hex = 64;
/// A token of letters and digits of any length, behind no column.
inline constexpr std::uint8_t opaque = 0xFF;

enum class Class : std::uint8_t { none, digits, lower, upper, opaque };
[[nodiscard]] constexpr Class class_of(std::uint8_t code) {
  if (code >= 1 && code <= max_digits) return Class::digits;
  if (code >= lower_hex && code <= lower_hex + (most_hex - least_hex)) return Class::lower;
  if (code >= upper_hex && code <= upper_hex + (most_hex - least_hex)) return Class::upper;
  return code == opaque ? Class::opaque : Class::none;
}
/// Characters of a variable in a column; 0 for an opaque one.
[[nodiscard]] constexpr std::size_t width_of(std::uint8_t code) {
  switch (class_of(code)) {
    case Class::digits: return code;
    case Class::lower: return code - lower_hex + least_hex;
    case Class::upper: return code - upper_hex + least_hex;
    case Class::none:
    case Class::opaque: break;
  }
  return 0;
}
}  // namespace variable

/// In a template: a variable, whose code follows; a quoted string that is a template of its own. A line that holds one
/// of these bytes is stored as it is.
inline constexpr char variable_mark = '\0';
inline constexpr char string_mark = '\1';

/// A maximal run of ASCII letters and digits with a digit among them, or a part of one.
struct Token {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

/// Which bytes of a line are what, as bits: made once for a line, 64 bytes at a time, and asked by words of 64.
class LineClasses {
 public:
  /// @param line at most max_template_line bytes, with Bytes::padding readable bytes behind
  /// @return false when it holds a byte that templates mark their variables with
  bool scan(std::string_view line);

  /// The first decimal digit at or behind `from`; the line's size when there is none.
  [[nodiscard]] std::size_t next_digit(std::size_t from) const { return next(digit_, from); }
  [[nodiscard]] std::size_t next_quote(std::size_t from) const { return next(quote_, from); }
  /// The run of letters and digits around the digit at `at`, from `from` on.
  [[nodiscard]] Token token_around(std::size_t at, std::size_t from) const;

  enum class Shape : std::uint8_t { digits, lower, upper, after_0x_lower, after_0x_upper, mixed, opaque };
  [[nodiscard]] Shape shape(std::string_view line, Token token) const;
  /// A bit for each of the first 64 bytes from `at` on: a digit.
  [[nodiscard]] std::uint64_t digits_at(std::size_t at) const { return window(digit_, at); }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t words = max_template_line / 64 + 2;
  using Bits = std::array<std::uint64_t, words>;

  [[nodiscard]] std::size_t next(const Bits& bits, std::size_t from) const {
    std::size_t word = from / 64;
    std::uint64_t left = bits[word] >> (from % 64) << (from % 64);
    while (left == 0) {
      if (++word > size_ / 64) return size_;
      left = bits[word];
    }
    return word * 64 + static_cast<std::size_t>(std::countr_zero(left));
  }
  [[nodiscard]] static std::uint64_t window(const Bits& bits, std::size_t at) {
    const std::size_t shift = at % 64;
    const std::uint64_t low = bits[at / 64] >> shift;
    return shift == 0 ? low : low | bits[at / 64 + 1] << (64 - shift);
  }

  std::size_t size_ = 0;
  Bits digit_;      // 0-9
  Bits alnum_;      // ASCII letters and digits
  Bits lower_hex_;  // 0-9 a-f
  Bits upper_hex_;  // 0-9 A-F
  Bits quote_;
};

/// The strings of a line that are templates of their own: what stands between two quotes that are not escaped, unless
/// it is empty or a colon follows, which makes it a key of JSON.
/// @param classes of the line @param strings are emptied first
void find_strings(const LineClasses& classes, std::string_view line, std::vector<Token>& strings);

/// The bits of the first `count` <= 64 places.
[[nodiscard]] constexpr std::uint64_t low_bits(std::size_t count) {
  return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

}  // namespace taffrail::history
