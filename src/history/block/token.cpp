#include "history/block/token.hpp"

#include "history/block/byte_vector.hpp"

namespace taffrail::history {
namespace {

/// Whether the quote at `at` is the escaped one of a JSON string.
bool escaped(std::string_view line, std::size_t at) {
  std::size_t slashes = 0;
  while (slashes < at && line[at - slashes - 1] == '\\') ++slashes;
  return slashes % 2 == 1;
}

}  // namespace

bool LineClasses::scan(std::string_view line) {
  size_ = line.size();
  std::uint64_t marks = 0;
  const std::size_t last = line.size() / 64;
  for (std::size_t word = 0; word <= last; ++word) {
    std::uint64_t digit = 0;
    std::uint64_t alnum = 0;
    std::uint64_t lower = 0;
    std::uint64_t upper = 0;
    std::uint64_t quote = 0;
    std::uint64_t mark = 0;
    for (unsigned half = 0; half < 64 && word * 64 + half < line.size(); half += 32) {
      const ByteVector bytes = load_bytes(line.data() + word * 64 + half);
      const ByteVector folded = bytes | 0x20;
      const auto is_digit = (bytes - static_cast<unsigned char>('0')) < static_cast<unsigned char>(10);
      const auto is_letter = (folded - static_cast<unsigned char>('a')) < static_cast<unsigned char>(26);
      const auto is_lower = (bytes - static_cast<unsigned char>('a')) < static_cast<unsigned char>(6);
      const auto is_upper = (bytes - static_cast<unsigned char>('A')) < static_cast<unsigned char>(6);
      digit |= bits_of(is_digit) << half;
      alnum |= bits_of(is_digit | is_letter) << half;
      lower |= bits_of(is_digit | is_lower) << half;
      upper |= bits_of(is_digit | is_upper) << half;
      quote |= bits_of(bytes == static_cast<unsigned char>('"')) << half;
      mark |= bits_of(bytes < static_cast<unsigned char>(2)) << half;
    }
    const std::uint64_t inside = word < last ? ~std::uint64_t{0} : low_bits(line.size() % 64);
    digit_[word] = digit & inside;
    alnum_[word] = alnum & inside;
    lower_hex_[word] = lower & inside;
    upper_hex_[word] = upper & inside;
    quote_[word] = quote & inside;
    marks |= mark & inside;
  }
  digit_[last + 1] = alnum_[last + 1] = lower_hex_[last + 1] = upper_hex_[last + 1] = quote_[last + 1] = 0;
  return marks == 0;
}

Token LineClasses::token_around(std::size_t at, std::size_t from) const {
  // Backwards: the last byte before `at` that is neither.
  std::size_t word = at / 64;
  std::uint64_t other = ~alnum_[word] & low_bits(at % 64);
  while (other == 0 && word > from / 64) other = ~alnum_[--word];
  std::size_t begin = from;
  if (other != 0) begin = std::max(from, word * 64 + 64 - static_cast<std::size_t>(std::countl_zero(other)));
  word = at / 64;
  other = ~alnum_[word] & ~low_bits(at % 64);
  while (other == 0) other = ~alnum_[++word];  // behind the line no bit is set
  return {static_cast<std::uint32_t>(begin),
          static_cast<std::uint32_t>(word * 64 + static_cast<std::size_t>(std::countr_zero(other)))};
}

LineClasses::Shape LineClasses::shape(std::string_view line, Token token) const {
  const std::size_t size = token.end - token.begin;
  if (size > 64) return Shape::opaque;
  const std::uint64_t all = low_bits(size);
  const std::uint64_t digits = window(digit_, token.begin) & all;
  if (digits == all) return size <= variable::max_digits ? Shape::digits : Shape::lower;
  const std::uint64_t lower = window(lower_hex_, token.begin) & all;
  const std::uint64_t upper = window(upper_hex_, token.begin) & all;
  if (size >= variable::least_hex) {
    if (lower == all) return Shape::lower;
    if (upper == all) return Shape::upper;
    if (size >= variable::least_hex + 2 && line[token.begin] == '0' && line[token.begin + 1] == 'x') {
      if (lower >> 2 == all >> 2) return Shape::after_0x_lower;
      if (upper >> 2 == all >> 2) return Shape::after_0x_upper;
    }
  }
  if (std::popcount((digits ^ (digits >> 1)) & (all >> 1)) > 3) return Shape::opaque;
  // At most two runs of digits; neither may be wider than a column of digits is.
  for (std::uint64_t left = digits; left != 0;) {
    const int run = std::countr_one(left >> std::countr_zero(left));
    if (run > variable::max_digits) return Shape::opaque;
    left &= ~(low_bits(static_cast<std::size_t>(run)) << std::countr_zero(left));
  }
  return Shape::mixed;
}

void find_strings(const LineClasses& classes, std::string_view line, std::vector<Token>& strings) {
  strings.clear();
  for (std::size_t open = classes.next_quote(0); open < line.size(); open = classes.next_quote(open)) {
    std::size_t close = classes.next_quote(open + 1);
    while (close < line.size() && escaped(line, close)) close = classes.next_quote(close + 1);
    if (close >= line.size()) return;
    if (close > open + 1 && (close + 1 == line.size() || line[close + 1] != ':'))
      strings.push_back({static_cast<std::uint32_t>(open + 1), static_cast<std::uint32_t>(close)});
    open = close + 1;
  }
}

}  // namespace taffrail::history
