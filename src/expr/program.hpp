#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "expr/ast.hpp"
#include "expr/checker.hpp"
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

  /// The compiled form, one instruction a line.
  [[nodiscard]] std::string print() const;
  [[nodiscard]] const Tree& tree() const { return *tree_; }
  [[nodiscard]] const Environment& environment() const { return *environment_; }
  [[nodiscard]] std::string_view source() const { return tree_->source; }
  [[nodiscard]] const Type& type() const { return *type_; }

 private:
  Program(std::unique_ptr<Tree> tree, const Environment& environment, const Type& type)
      : tree_(std::move(tree)), environment_(&environment), type_(&type) {}

  std::unique_ptr<Tree> tree_;
  const Environment* environment_;
  const Type* type_;
};

}  // namespace taffrail::expr
