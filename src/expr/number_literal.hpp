#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "expr/value.hpp"

namespace taffrail::expr {

/// What a number in a source stands for: an integer, or a floating value where it has a point or an exponent.
/// @param text as written: digits with underscores between them, after 0x, 0o or 0b of another base
/// @return the value, or what is wrong with it
[[nodiscard]] std::expected<Value, std::string> read_number(std::string_view text);

}  // namespace taffrail::expr
