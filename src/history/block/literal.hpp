#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace taffrail::history {

/// A text that a line holds.
struct Literal {
  std::string text{};   ///< at least a byte
  bool folded = false;  ///< capitals of ASCII and small letters are the same; `text` is in small letters
  /// It is not a part of a longer word: where it begins or ends with an ASCII letter or digit, there is none beside it.
  bool whole = false;
};

/// Whether a text holds it: what all quicker ways are held against.
[[nodiscard]] bool occurs(const Literal& literal, std::string_view text);

/// A part of a literal that stands within one template and its variables wherever the literal stands.
struct Fragment {
  std::string_view text;     ///< of the literal's
  bool left_closed = false;  ///< no letter or digit is before it in the line, if it begins with one
  bool right_closed = false;
  bool whole_literal = false;  ///< it is all of it

  /// A run of its letters and digits, or any part of it.
  struct Run {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool open_left = false;  ///< the line's token may begin before it
    bool open_right = false;
  };
  [[nodiscard]] std::vector<Run> runs() const;
  /// The longest part that stands in a template's text, wherever no opaque token is involved; empty when there is none:
  /// the fragment is then all digits and letters of hexadecimal numbers.
  [[nodiscard]] Run anchor() const;
};
/// The longest one; empty when nothing can be said.
[[nodiscard]] Fragment fragment_of(const Literal& literal);

}  // namespace taffrail::history
