#pragma once

#include <string_view>

#include "expr/ast.hpp"
#include "expr/type.hpp"

namespace taffrail::expr {

// Which types go together, and what comes of it. A type that is open (any, nil) fits everywhere.

[[nodiscard]] bool fits_condition(const Type& type);
[[nodiscard]] bool maybe_text(const Type& type);
[[nodiscard]] bool maybe_number(const Type& type);
[[nodiscard]] bool maybe_list(const Type& type);
[[nodiscard]] bool maybe_map(const Type& type);

/// The type of a value that is either of two. Types are constants or live in the tree's arena, never temporaries.
[[nodiscard]] const Type& common(const Type& a, const Type& b);

/// Whether == and != take them.
[[nodiscard]] bool comparable(const Type& a, const Type& b);
/// Whether <, <=, > and >= take them, levels aside.
[[nodiscard]] bool orderable(const Type& a, const Type& b);
/// The result of +, -, *, /, % and **, or null where they do not take these.
[[nodiscard]] const Type* arithmetic_type(Op op, const Type& a, const Type& b);

/// The result of a method of times, durations and zones.
[[nodiscard]] const Type& method_type(std::string_view name);
/// Whether an argument fits a letter of Builtin::parameters.
[[nodiscard]] bool parameter_takes(char parameter, const Type& type);

}  // namespace taffrail::expr
