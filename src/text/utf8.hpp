#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace taffrail::text {

/// Whether `bytes` is well-formed UTF-8 (no surrogates, no overlong forms, nothing above U+10FFFF).
[[nodiscard]] bool is_valid_utf8(std::string_view bytes);

/// Appends `bytes` with every maximal ill-formed part replaced by U+FFFD, as the WHATWG decoder (and so every browser)
/// does. Linear.
void append_repaired_utf8(std::string& out, std::string_view bytes);
[[nodiscard]] std::string repair_utf8(std::string_view bytes);

/// What stands at the start of a text: a well-formed character, or a maximal ill-formed part.
struct Utf8Sequence {
  std::size_t length = 0;  ///< 1 to 4
  bool valid = false;
};
/// @param bytes not empty
[[nodiscard]] Utf8Sequence utf8_sequence(std::string_view bytes);

/// Appends a code point; a surrogate or one beyond U+10FFFF becomes U+FFFD.
void append_utf8(std::string& out, char32_t code_point);

/// The first `bound` bytes of `bytes`, fewer where that would cut a character in two.
[[nodiscard]] std::string_view cut_at_character(std::string_view bytes, std::size_t bound);

}  // namespace taffrail::text
