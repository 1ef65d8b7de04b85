#include "expr/number_literal.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fmt/format.h>
#include <iterator>

namespace taffrail::expr {
namespace {

std::unexpected<std::string> wrong(std::string_view what, std::string_view written) {
  return std::unexpected(fmt::format("{}: {}", what, written));
}

std::expected<Value, std::string> read_floating(std::string digits, std::string_view written) {
  if (digits.back() == '.') digits += '0';
  const char* last = digits.data() + digits.size();
  double value = 0;
  const auto [end, code] = std::from_chars(digits.data(), last, value);
  if (end != last) return wrong("invalid float literal", written);
  if (code == std::errc::result_out_of_range) {
    // Too small becomes 0; too large cannot be held.
    value = std::strtod(digits.c_str(), nullptr);
    if (value > 1) return wrong("invalid float literal", written);
  } else if (code != std::errc()) {
    return wrong("invalid float literal", written);
  }
  return Value(value);
}

}  // namespace

std::expected<Value, std::string> read_number(std::string_view text) {
  std::string digits;
  std::ranges::copy_if(text, std::back_inserter(digits), [](char c) { return c != '_'; });
  int base = 10;
  if (digits.size() > 1 && digits[0] == '0') {
    const char kind = static_cast<char>(digits[1] | 0x20);
    base = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 10;
  }
  if (base == 10 && digits.find_first_of(".eE") != std::string::npos) return read_floating(std::move(digits), text);
  const char* first = digits.data() + (base == 10 ? 0 : 2);
  const char* last = digits.data() + digits.size();
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(first, last, value, base);
  if (code == std::errc::result_out_of_range) return wrong("integer literal is too large", text);
  if (code != std::errc() || end != last) return wrong("invalid integer literal", text);
  return Value(value);
}

}  // namespace taffrail::expr
