#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace taffrail::expr {

inline constexpr char32_t replacement_rune = 0xFFFD;

/// A code point and the bytes it took. Bytes that are not UTF-8 give the replacement rune with size 1, as Go does.
struct Rune {
  char32_t value = replacement_rune;
  std::uint32_t size = 1;
};

/// Decodes the code point at the start of `text`, which must not be empty.
[[nodiscard]] Rune decode_rune(std::string_view text);
/// Appends a code point as UTF-8; surrogates and values past U+10FFFF become the replacement rune.
void append_rune(std::string& out, char32_t rune);
/// How many code points `text` has; each byte that is not UTF-8 counts as one.
[[nodiscard]] std::size_t rune_count(std::string_view text);

/// Simple case mapping by the C library's Unicode tables (C.UTF-8), the process's locale notwithstanding.
[[nodiscard]] std::string to_upper(std::string_view text);
[[nodiscard]] std::string to_lower(std::string_view text);
[[nodiscard]] bool is_letter(char32_t rune);
[[nodiscard]] bool is_digit(char32_t rune);
[[nodiscard]] bool is_upper(char32_t rune);
/// Whether any letter of a text is a capital.
[[nodiscard]] bool has_upper(std::string_view text);
/// Unicode's White_Space, the default cut set of `trim`.
[[nodiscard]] bool is_space(char32_t rune);

}  // namespace taffrail::expr
