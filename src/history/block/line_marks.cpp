#include "history/block/line_marks.hpp"

#include <algorithm>

#include "history/block/byte_vector.hpp"

namespace taffrail::history {
namespace {

constexpr std::size_t word_bits = 64;

/// Lines for whose marks `test` says yes; it is asked of vectors of them.
template <class Test>
LineSet lines_where(std::size_t lines, std::span<const std::uint8_t> marks, Test test) {
  LineSet found(lines);
  const auto* from = reinterpret_cast<const char*>(marks.data());
  for (std::size_t word = 0; word * word_bits < lines; ++word, from += word_bits)
    found.set_word(word, bits_of(test(load_bytes(from))) | bits_of(test(load_bytes(from + sizeof(ByteVector))))
                                                               << sizeof(ByteVector));
  return found;
}

}  // namespace

LineMarks::LineMarks(const LineTemplates& lines, std::span<const std::uint8_t> of_templates,
                     std::span<const std::uint8_t> of_strings, std::uint8_t stored)
    : lines_(lines.ids.size()), marks_((lines_ + word_bits - 1) / word_bits * word_bits) {
  std::vector<std::uint8_t> of_ids(of_templates.size() + 1, stored);
  std::ranges::copy(of_templates, of_ids.begin() + 1);
  for (std::size_t line = 0; line < lines_; ++line) marks_[line] = of_ids[lines.ids[line]];
  if (std::ranges::all_of(of_strings, [](std::uint8_t bits) { return bits == 0; })) return;
  std::size_t line = 0;
  for (std::size_t string = 0; string < lines.string_ids.size(); ++string) {
    const std::uint8_t bits = of_strings[lines.string_ids[string]];
    if (bits == 0) continue;
    while (lines.first_strings[line + 1] <= string) ++line;
    marks_[line] |= bits;
  }
}

LineSet LineMarks::where(std::uint8_t mask, std::uint8_t bits) const {
  // Marks behind the last line are no lines.
  LineSet found = lines_where(lines_, marks_, [=](ByteVector marks) { return (marks & mask) == bits; });
  found.cut();
  return found;
}

LineSet LineMarks::with_any(std::uint8_t bits) const {
  return lines_where(lines_, marks_, [=](ByteVector marks) { return (marks & bits) != static_cast<unsigned char>(0); });
}

}  // namespace taffrail::history
