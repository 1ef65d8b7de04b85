#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "expr/arena.hpp"
#include "expr/expr_error.hpp"
#include "expr/limits.hpp"
#include "expr/value.hpp"
#include "expr/variables.hpp"

namespace re2 {
class RE2;
}

namespace taffrail::expr {

/// The item a predicate looks at: `#`, `#index`, `#acc`.
struct PredicateFrame {
  Value item;
  Value accumulator;
  std::int64_t index = 0;
};

/// The value of a part that several programs share (shared_code.hpp), and what computing it took of the budgets.
struct KeptValue {
  Value value;
  std::uint32_t round = 0;  ///< Context::round when it was computed
  std::uint32_t bytes = 0;
  std::uint64_t steps = 0;
};

/// What one evaluation works in: its variables, memory, step budget and, when it failed, why. Reused from evaluation
/// to evaluation by one thread at a time; values of the one before die with `begin`.
class Context {
 public:
  explicit Context(const Limits& limits = {}, const Clock* clock = nullptr);
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context();

  /// Starts an evaluation with all budgets full. @param locals how many `let` slots the program has
  void begin(const Variables& variables, std::uint32_t locals);
  void set_limits(const Limits& limits);
  [[nodiscard]] const Limits& limits() const { return limits_; }

  [[nodiscard]] Value variable(std::size_t slot) const { return variables_->get(slot); }
  [[nodiscard]] Arena& arena() { return arena_; }
  [[nodiscard]] Value& local(std::uint32_t slot) { return locals_[slot]; }
  [[nodiscard]] Time now() const;

  PredicateFrame* frame = nullptr;  ///< of the innermost predicate being evaluated

  std::vector<KeptValue> kept;  ///< of the parts of a SharedCode; `begin` leaves them
  std::uint32_t round = 1;      ///< counts the sets of variables that a SharedCode has been asked about; never 0
  [[nodiscard]] std::uint64_t steps_left() const { return steps_; }

  /// Charges `count` steps; false (after `fail`) when the budget is spent.
  [[nodiscard]] bool step(std::uint32_t at, std::uint64_t count = 1) {
    if (count <= steps_) {
      steps_ -= count;
      return true;
    }
    return out_of_steps(at);
  }

  /// Charges for going through `bytes` of text at the speed of memory: a million comparisons of a text of a megabyte
  /// take minutes, although each is one operation.
  [[nodiscard]] bool scan(std::uint32_t at, std::size_t bytes) { return step(at, bytes / 1024); }
  /// The same where every character is looked at.
  [[nodiscard]] bool read_through(std::uint32_t at, std::size_t bytes) { return step(at, bytes / 128); }

  /// Notes why the evaluation failed and gives the error value to return. The message is put together only when
  /// somebody asks: on a mixed log most failures are type mismatches that nobody reads.
  /// @param at rune offset of the place @param pattern a literal, in which %T stands for the type and %v for the value
  /// of the next operand, %% for a percent sign
  Value fail(std::uint32_t at, const char* pattern, Value a = {}, Value b = {});
  Value fail_text(std::uint32_t at, std::string message);
  Value out_of_memory(std::uint32_t at) { return fail(at, "memory budget exceeded"); }

  /// The failure of this evaluation. @param source what the positions refer to
  [[nodiscard]] ExprError error(std::string_view source) const;
  [[nodiscard]] std::string message() const;
  [[nodiscard]] std::uint32_t failed_at() const { return fault_.at; }

  // Makers of values in the arena; on a full arena they fail the evaluation.
  [[nodiscard]] Value make_string(std::uint32_t at, std::string_view text);
  [[nodiscard]] Value make_array(std::uint32_t at, const std::vector<Value>& elements);
  /// Room for `count` elements, or null after failing.
  [[nodiscard]] Value* make_elements(std::uint32_t at, std::uint64_t count);

  /// A compiled pattern, kept for a while, or null after failing. RE2 only, so matching takes linear time.
  [[nodiscard]] const re2::RE2* regex(std::uint32_t at, std::string_view pattern);

 private:
  struct Fault {
    std::uint32_t at = 0;
    const char* pattern = nullptr;
    Value a;
    Value b;
    std::string text;
  };
  struct Regexes;
  bool out_of_steps(std::uint32_t at);

  Limits limits_;
  const Clock* clock_;
  const Variables* variables_ = nullptr;
  Arena arena_;
  std::uint64_t steps_ = 0;
  std::vector<Value> locals_;
  Fault fault_;
  std::unique_ptr<Regexes> regexes_;
};

/// Compiles a pattern as the language means it: RE2 syntax, UTF-8, bounded memory. Null and a message when it is wrong.
[[nodiscard]] std::unique_ptr<re2::RE2> compile_regex(std::string_view pattern, std::string& error);

}  // namespace taffrail::expr
