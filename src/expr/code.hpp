#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "expr/context.hpp"
#include "expr/value.hpp"

namespace taffrail::expr {

struct Builtin;
class Environment;

/// One step of a compiled expression: a function and what it works on. Programs are trees of these; docs/adr/0004 says
/// why not a bytecode. Children that a function does not use are null.
struct Code {
  using Run = Value (*)(const Code& code, Context& context);

  Run run = nullptr;
  const char* label = "";  ///< for printing
  std::uint32_t at = 0;    ///< place that a failure names
  std::uint32_t slot = 0;  ///< of a variable or local, or what else the function counts by
  Value value;             ///< a constant operand
  const Code* a = nullptr;
  const Code* b = nullptr;
  std::span<const Code* const> more;  ///< further operands
  union {
    const void* none = nullptr;
    const Builtin* builtin;
    const re2::RE2* regex;
    const Environment* environment;
  };
};

/// Runs a step.
[[nodiscard]] inline Value run(const Code& code, Context& context) { return code.run(code, context); }

/// The tree of steps, one a line.
[[nodiscard]] std::string print_code(const Code& code);

}  // namespace taffrail::expr
