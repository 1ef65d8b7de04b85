#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "expr/condition.hpp"
#include "expr/environment.hpp"
#include "expr/expr_error.hpp"

namespace taffrail::expr {

/// What the text of a search box was taken for.
enum class Taken : std::uint8_t {
  everything,     ///< an empty box
  expression,     ///< the language itself
  text,           ///< words and phrases
  number,         ///< a whole number, looked for as a token of its own
  pattern,        ///< a regular expression
  field,          ///< a variable or a field
  field_or_text,  ///< `name:value` whose name is no variable's: the fields and the text
  several,        ///< terms of several kinds
};
/// "everything", "expression", "text", "number", "pattern", "field", "field or text", "several".
[[nodiscard]] std::string_view to_string(Taken taken);

/// What somebody typed into the search box, understood. The shorthand and the rules by which it is told from an
/// expression stand in docs/expressions.md.
struct Search {
  bool shorthand = false;  ///< false: the text was an expression already
  std::string expression;  ///< a condition over the environment; "true" for an empty box
  Taken taken = Taken::expression;
};

/// Reads the text of a search box over `environment` (log lines or containers).
/// @return the condition as an expression that compiles, or the fault with its place in `text`
[[nodiscard]] Outcome<Search> read_search(std::string_view text, const Environment& environment);

/// The same, compiled.
[[nodiscard]] Result<Condition> compile_search(std::string_view text, const Environment& environment);

/// The shorthand that means the same as an expression, where there is one.
[[nodiscard]] std::optional<std::string> to_shorthand(std::string_view expression, const Environment& environment);

}  // namespace taffrail::expr
