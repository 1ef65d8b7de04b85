#pragma once

#include "expr/ast.hpp"
#include "expr/context.hpp"
#include "expr/environment.hpp"

namespace taffrail::expr {

/// Evaluates a checked tree node by node: the plain evaluator against which tests and fuzzing hold the compiled one.
/// @param environment the one that the tree was checked against
/// @return the value, or Value::error() with the reason in the context; it lives until the context's next `begin`
[[nodiscard]] Value walk(const Tree& tree, const Environment& environment, const Variables& variables,
                         Context& context);

/// All variables whose names start with `prefix` and a dot (all of them for ""), as a map: `$env`, `container`.
[[nodiscard]] Value group_value(Context& context, std::uint32_t at, const Environment& environment,
                                std::string_view prefix);

}  // namespace taffrail::expr
