#pragma once

#include "expr/ast.hpp"
#include "expr/environment.hpp"
#include "expr/expr_error.hpp"
#include "expr/limits.hpp"

namespace taffrail::expr {

/// Where the result of an expression goes.
enum class Purpose : std::uint8_t {
  value,      ///< any type will do
  condition,  ///< boolean required, and what can only be a mistake is an error
};

/// Finds what every name of a tree stands for and the type of every node (both are noted in the tree), and the first
/// fault: an unknown name, operands that no operator takes, arguments that do not fit, a wrong pattern.
[[nodiscard]] Outcome<const Type*> check(Tree& tree, const Environment& environment, Purpose purpose);

}  // namespace taffrail::expr
