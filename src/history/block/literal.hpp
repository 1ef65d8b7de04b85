#pragma once

#include <string>

namespace taffrail::history {

/// A text that a line holds.
struct Literal {
  std::string text;     ///< at least a byte
  bool folded = false;  ///< capitals of ASCII and small letters are the same; `text` is in small letters
  /// It is not a part of a longer word: where it begins or ends with an ASCII letter or digit, there is none beside it.
  bool whole = false;
};

}  // namespace taffrail::history
