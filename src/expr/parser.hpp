#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "expr/ast.hpp"
#include "expr/expr_error.hpp"
#include "expr/limits.hpp"

namespace taffrail::expr {

/// Reads one expression of the language (docs/expressions.md has the grammar).
/// @param source UTF-8; copied into the tree
/// @return the tree, or the first fault with its place
[[nodiscard]] Outcome<std::unique_ptr<Tree>> parse(std::string_view source, const Limits& limits = {});

}  // namespace taffrail::expr
