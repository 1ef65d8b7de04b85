#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "expr/environment.hpp"
#include "expr/expr_error.hpp"
#include "expr/limits.hpp"
#include "expr/variables.hpp"

namespace taffrail::expr {

class Program;

/// What a condition says about one thing.
enum class Verdict : std::uint8_t {
  no,
  yes,
  failed,  ///< it cannot deal with a value; counts as "no"
  spent,   ///< it took more steps than an evaluation may (Limits::for_conditions); whoever wrote it should be told
};

/// A yes-or-no expression, ready to be asked about one thing after another: `filter=EXPR`, a rule's condition.
/// Immutable and cheap to copy; any number of threads may ask at once.
///
///     auto condition = Condition::compile("level >= \"warn\"", Environment::log());
///     LogVariables line;               // one per thread
///     line.set({.text = …, .level = …});
///     Result<bool> yes = condition->matches(line);
class Condition {
 public:
  /// Compiles a condition. The error says what is wrong and where, with "did you mean" for mistyped names; an
  /// expression whose type is not boolean is an error.
  [[nodiscard]] static Outcome<Condition> check(std::string_view source, const Environment& environment);
  /// The same with the error as base Error: "unknown name mesage, did you mean message? (1:1)".
  [[nodiscard]] static Result<Condition> compile(std::string_view source, const Environment& environment);

  /// Asks about one thing. An error (invalid_argument) is a value the condition cannot deal with, such as a number
  /// compared with a text; callers count those and treat them as "no".
  /// @param variables those of the environment that the condition was compiled for
  [[nodiscard]] Result<bool> matches(const Variables& variables) const;
  /// The same for loops that do not report errors one by one: an error is false and sets `failed`.
  [[nodiscard]] bool test(const Variables& variables, bool& failed) const;
  /// The same, telling why there is no answer.
  [[nodiscard]] Verdict judge(const Variables& variables) const;

  [[nodiscard]] std::string_view source() const;
  [[nodiscard]] const Program& program() const { return *program_; }

 private:
  explicit Condition(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
  std::shared_ptr<const Program> program_;
};

}  // namespace taffrail::expr
