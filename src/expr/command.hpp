#pragma once

#include <iosfwd>
#include <span>
#include <string>

namespace taffrail::expr {

/// `taffrail expr 'EXPR' [--env FILE.json] [--check log|metric|event|container] [--print tokens|ast|typed|program]`
/// and `taffrail expr --batch [--env FILE.json] [--check …]`, which reads JSON lines {"expr": …, "env": {…}?}.
/// With --check the expression must be a condition over that environment, whose values come from the JSON.
/// @param args what follows `expr`
/// @return the exit status: 0, 1 when the expression is wrong, 2 when the arguments are
[[nodiscard]] int run_command(std::span<const std::string> args, std::istream& in, std::ostream& out,
                              std::ostream& err);

}  // namespace taffrail::expr
