#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace taffrail {

/// Reads a number of bytes as options state it: digits, and KiB, MiB, GiB or TiB (powers of 1024) or nothing for bytes.
/// Other units are refused rather than guessed: what "1G" says depends on whom one asks.
[[nodiscard]] Result<std::uint64_t> parse_byte_size(std::string_view text);

/// The same number in its largest unit that divides it: "192MiB", "1000".
[[nodiscard]] std::string to_byte_size(std::uint64_t bytes);

}  // namespace taffrail
