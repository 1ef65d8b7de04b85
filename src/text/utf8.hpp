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

/// The length of the well-formed UTF-8 sequence at the start of `bytes` (1 to 4), or 0 when it is ill-formed; then
/// `*bad` is the length of the maximal ill-formed part (at least 1). `bytes` must not be empty.
[[nodiscard]] std::size_t utf8_sequence(std::string_view bytes, std::size_t* bad);

}  // namespace taffrail::text
