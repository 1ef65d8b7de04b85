#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "expr/ast.hpp"
#include "expr/checker.hpp"
#include "expr/compiler.hpp"
#include "expr/context.hpp"
#include "expr/environment.hpp"

namespace taffrail::expr {

/// A compiled expression: parsed, checked against an environment and ready to run. Immutable; any number of threads
/// may run it, each with a Context of its own.
class Program {
 public:
  /// @param environment must outlive the program (those of Environment's static functions always do)
  [[nodiscard]] static Outcome<std::shared_ptr<const Program>> compile(std::string_view source,
                                                                       const Environment& environment,
                                                                       Purpose purpose = Purpose::value,
                                                                       const Limits& limits = {});

  /// The value for these variables, or Value::error() with the reason in the context. It lives until the context is
  /// used again, and no longer than the variables and this program.
  [[nodiscard]] Value run(const Variables& variables, Context& context) const;

  /// The compiled form, one step a line.
  [[nodiscard]] std::string print() const;
  /// The steps, and how many locals they have, for those who run several programs as one (shared_code.hpp).
  [[nodiscard]] const Code& code() const { return *code_; }
  [[nodiscard]] std::uint32_t locals() const { return locals_; }
  [[nodiscard]] const Environment& environment() const { return *environment_; }
  [[nodiscard]] std::string_view source() const { return source_; }
  /// The static type of the result (the element types of arrays and maps are not kept).
  [[nodiscard]] const Type& type() const { return type_; }

 private:
  Program() = default;

  std::string source_;
  const Environment* environment_ = nullptr;
  Type type_;
  std::uint32_t locals_ = 0;
  CodeStore store_;
  const Code* code_ = nullptr;
};

}  // namespace taffrail::expr
