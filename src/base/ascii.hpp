#pragma once

#include <string>
#include <string_view>

/// What bytes are in ASCII, whatever the locale. Bytes of 128 and more are none of it.
namespace taffrail::ascii {

[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
[[nodiscard]] constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
/// One comparison of a range: it is asked of every byte of every line.
[[nodiscard]] constexpr bool is_letter(char c) { return is_lower(static_cast<char>(c | 0x20)); }
[[nodiscard]] constexpr bool is_alphanumeric(char c) { return is_letter(c) || is_digit(c); }
[[nodiscard]] constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
/// A byte of a character beyond ASCII.
[[nodiscard]] constexpr bool is_high(char c) { return (static_cast<unsigned char>(c) & 0x80U) != 0; }
/// Space, tab, line feed, carriage return: what JSON and Go's templates call white space.
[[nodiscard]] constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

[[nodiscard]] constexpr char to_lower(char c) { return is_upper(c) ? static_cast<char>(c + 32) : c; }
[[nodiscard]] constexpr char to_upper(char c) { return is_lower(c) ? static_cast<char>(c - 32) : c; }
[[nodiscard]] inline std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = to_lower(c);
  return out;
}

/// The value of a hexadecimal digit, -1 for anything else.
[[nodiscard]] constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Without the white space at both ends.
[[nodiscard]] constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace taffrail::ascii
