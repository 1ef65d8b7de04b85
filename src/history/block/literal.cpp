#include "history/block/literal.hpp"

#include <algorithm>
#include <string_view>

#include "base/ascii.hpp"

namespace taffrail::history {
namespace {

bool is_hex(char c) { return ascii::hex_value(c) >= 0; }

}  // namespace

bool occurs(const Literal& literal, std::string_view text) {
  std::string folded;
  if (literal.folded) {
    folded = ascii::to_lower(text);
    text = folded;
  }
  for (std::size_t at = text.find(literal.text); at != std::string_view::npos; at = text.find(literal.text, at + 1)) {
    if (!literal.whole) return true;
    const std::size_t end = at + literal.text.size();
    const bool goes_on_before = at > 0 && ascii::is_alphanumeric(text[at]) && ascii::is_alphanumeric(text[at - 1]);
    const bool goes_on_behind =
        end < text.size() && ascii::is_alphanumeric(text[end - 1]) && ascii::is_alphanumeric(text[end]);
    if (!goes_on_before && !goes_on_behind) return true;
  }
  return false;
}

Fragment fragment_of(const Literal& literal) {
  const std::string_view text = literal.text;
  Fragment best;
  for (std::size_t begin = 0; begin <= text.size();) {
    std::size_t end = begin;
    // A quote may be the edge of a quoted string; beyond ASCII, small letters may have more or fewer bytes.
    while (end < text.size() && text[end] != '"' && !(literal.folded && ascii::is_high(text[end]))) ++end;
    if (end - begin > best.text.size()) {
      best.text = text.substr(begin, end - begin);
      best.left_closed = begin > 0 || literal.whole;
      best.right_closed = end < text.size() || literal.whole;
      best.whole_literal = begin == 0 && end == text.size();
    }
    begin = end + 1;
  }
  return best;
}

std::vector<Fragment::Run> Fragment::runs() const {
  std::vector<Run> all;
  for (std::size_t begin = 0; begin < text.size();) {
    if (!ascii::is_alphanumeric(text[begin])) {
      ++begin;
      continue;
    }
    std::size_t end = begin;
    while (end < text.size() && ascii::is_alphanumeric(text[end])) ++end;
    all.push_back({.begin = begin,
                   .end = end,
                   .open_left = begin == 0 && !left_closed,
                   .open_right = end == text.size() && !right_closed});
    begin = end;
  }
  return all;
}

/// What is no digit stands in a template as it is, but for letters of tokens that have a digit, or may have one beyond
/// an open end: they may be of a hexadecimal number, with 0x before it or not.
Fragment::Run Fragment::anchor() const {
  std::vector<bool> fixed(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) fixed[i] = !ascii::is_alphanumeric(text[i]);
  for (const Run& run : runs()) {
    const std::string_view token = text.substr(run.begin, run.end - run.begin);
    const bool variable = run.open_left || run.open_right || std::ranges::any_of(token, ascii::is_digit);
    for (std::size_t begin = 0; begin < token.size();) {
      if (ascii::is_digit(token[begin])) {
        ++begin;
        continue;
      }
      std::size_t end = begin;
      while (end < token.size() && !ascii::is_digit(token[end])) ++end;
      const std::string_view letters = token.substr(begin, end - begin);
      const bool hex = variable && std::ranges::all_of(letters, is_hex);
      const bool after_x = variable && letters.front() == 'x' && std::ranges::all_of(letters.substr(1), is_hex);
      for (std::size_t i = begin; i < end; ++i) fixed[run.begin + i] = !hex && (!after_x || i == begin);
      begin = end;
    }
  }
  Run best;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = begin;
    while (end < text.size() && fixed[end]) ++end;
    if (end - begin > best.end - best.begin) best = {.begin = begin, .end = end};
    begin = end + 1;
  }
  return best;
}

}  // namespace taffrail::history
