#include "text/epoch.hpp"

#include <array>
#include <chrono>
#include <cstdint>

#include "base/ascii.hpp"

namespace taffrail::text {
namespace {

/// Nanoseconds of the years in question have this many digits.
constexpr std::size_t nanosecond_digits = 19;
constexpr std::int64_t year_2100 = 4'102'444'800'000'000'000;

/// The exponent behind the mantissa, if there is one; moves `at` behind it.
int exponent(std::string_view text, std::size_t& at) {
  if (at >= text.size() || (text[at] | 0x20) != 'e') return 0;
  std::size_t end = at + 1;
  if (end < text.size() && (text[end] == '+' || text[end] == '-')) ++end;
  const bool negative = text[end - 1] == '-';
  const std::size_t digits = end;
  int value = 0;
  while (end < text.size() && ascii::is_digit(text[end]) && end - digits < 2) value = value * 10 + (text[end++] - '0');
  if (end == digits) return 0;
  at = end;
  return negative ? -value : value;
}

}  // namespace

std::optional<EpochNumber> leading_epoch(std::string_view text) {
  if (text.empty() || text[0] < '1' || text[0] > '9') return std::nullopt;
  std::array<char, nanosecond_digits> kept{};
  std::size_t count = 0;
  std::size_t at = 0;
  const auto take_digits = [&] {
    for (; at < text.size() && ascii::is_digit(text[at]); ++at, ++count) {
      if (count < kept.size()) kept[count] = text[at];
    }
  };
  take_digits();
  std::size_t before_point = count;
  if (before_point > nanosecond_digits) return std::nullopt;
  if (at + 1 < text.size() && (text[at] == '.' || text[at] == ',') && ascii::is_digit(text[at + 1])) {
    ++at;
    take_digits();
  }
  const int shift = exponent(text, at);
  if (shift < 0) return std::nullopt;
  before_point += static_cast<std::size_t>(shift);
  if (before_point != 10 && before_point != 13 && before_point != 16 && before_point != 19) return std::nullopt;
  if (at < text.size() &&
      (ascii::is_digit(text[at]) || ascii::is_letter(text[at]) || text[at] == '-' || text[at] == '_'))
    return std::nullopt;
  std::uint64_t nanos = 0;
  for (std::size_t i = 0; i < kept.size(); ++i)
    nanos = nanos * 10 + static_cast<std::uint64_t>(i < count ? kept[i] - '0' : 0);
  if (nanos >= static_cast<std::uint64_t>(year_2100)) return std::nullopt;
  return EpochNumber{.time = Time(std::chrono::nanoseconds(static_cast<std::int64_t>(nanos))), .length = at};
}

}  // namespace taffrail::text
