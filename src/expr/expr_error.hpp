#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace taffrail::expr {

/// Where an expression failed: while reading it, while checking its names and types, or while evaluating it.
enum class Stage : std::uint8_t { parse, check, run };

[[nodiscard]] std::string_view to_string(Stage stage);

/// A failure with its place. Line and column count from 1, columns in runes (Unicode code points), as editors do.
struct ExprError {
  Stage stage = Stage::parse;
  std::string message;
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  std::uint32_t offset = 0;  ///< runes before the place, from the start of the source
  std::uint32_t length = 0;  ///< runes that the fault covers; 0 when it is a point

  /// "message (2:14)", as Error of code invalid_argument.
  [[nodiscard]] Error to_error() const;
  /// The message, the source line and a caret under the place, in three lines without a last line end.
  [[nodiscard]] std::string with_snippet(std::string_view source) const;
};

template <class T>
using Outcome = std::expected<T, ExprError>;

/// An error at a rune offset of the source: line and column are counted here.
[[nodiscard]] ExprError error_at(Stage stage, std::string_view source, std::uint32_t offset, std::uint32_t end,
                                 std::string message);

}  // namespace taffrail::expr
