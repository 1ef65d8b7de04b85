#pragma once

#include <string>
#include <string_view>

#include "expr/environment.hpp"
#include "expr/expr_error.hpp"
#include "expr/search.hpp"

namespace taffrail::expr {

/// What the words of a search box mean, as an expression over `environment`.
/// @param taken what they were taken for
/// @return the expression, or the fault with its place in `text`
[[nodiscard]] Outcome<std::string> read_shorthand(std::string_view text, const Environment& environment, Taken& taken);

/// The variable that bare words are looked for in.
[[nodiscard]] std::string_view text_variable(const Environment& environment);

}  // namespace taffrail::expr
