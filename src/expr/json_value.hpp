#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "expr/arena.hpp"
#include "expr/value.hpp"

namespace taffrail::expr {

/// What a JSON number without point and exponent becomes.
enum class NumberStyle : std::uint8_t {
  floats,    ///< a double, as `fromJSON` gives and as fields of log lines are
  integers,  ///< an integer where it fits: the environment of the command line
};

/// The whole of a JSON text as a value in the arena, checked to the last byte.
/// @return nothing, and why in `error`; `error` stays empty when the arena is full
[[nodiscard]] std::optional<Value> json_value(Arena& arena, std::string_view text, NumberStyle numbers,
                                              std::string& error);

}  // namespace taffrail::expr
