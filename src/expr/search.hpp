#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "expr/condition.hpp"
#include "expr/environment.hpp"
#include "expr/expr_error.hpp"

namespace taffrail::expr {

/// What somebody typed into the search box, understood. The shorthand and the rules by which it is told from an
/// expression stand in docs/expressions.md.
struct Search {
  bool shorthand = false;  ///< false: the text was an expression already
  std::string expression;  ///< a condition over the environment; "true" for an empty box
};

/// Reads the text of a search box over `environment` (log lines or containers).
/// @return the condition as an expression that compiles, or the fault with its place in `text`
[[nodiscard]] Outcome<Search> read_search(std::string_view text, const Environment& environment);

/// The same, compiled.
[[nodiscard]] Result<Condition> compile_search(std::string_view text, const Environment& environment);

/// The shorthand that means the same as an expression, where there is one.
[[nodiscard]] std::optional<std::string> to_shorthand(std::string_view expression, const Environment& environment);

}  // namespace taffrail::expr
