#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "expr/condition.hpp"
#include "expr/log_variables.hpp"

namespace taffrail::expr {

/// Many conditions over log lines, asked together: one pass over a line finds which of them could be true at all, and
/// only those are evaluated. Immutable; build it off the owner thread and swap the pointer.
class RuleSet {
 public:
  /// What one thread needs to ask a set; not for another set.
  class State {
   public:
    explicit State(const RuleSet& set);
    ~State();
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    /// Of the last line: which rules were true, in ascending order, and which failed (Condition::matches says why).
    std::vector<std::uint32_t> matched;
    std::vector<std::uint32_t> failed;
    /// How many rules the last line had evaluated; the rest could not be true.
    std::size_t evaluated = 0;

   private:
    friend class RuleSet;
    struct Inner;
    std::unique_ptr<Inner> inner_;
  };

  static constexpr std::size_t most_rules = 10'000;  ///< bounds the memory of one set, about 3 KB a rule

  /// @param rules conditions over Environment::log(); their indices are the rules' numbers
  /// @return too_large past most_rules; internal when Vectorscan cannot compile literals, which it always can
  [[nodiscard]] static Result<std::shared_ptr<const RuleSet>> build(std::vector<Condition> rules);
  ~RuleSet();
  RuleSet(const RuleSet&) = delete;
  RuleSet& operator=(const RuleSet&) = delete;

  /// Asks all rules about one line; the answer is in the state. A rule that would fail on a line that lacks what it
  /// looks for counts as not matched rather than as failed.
  void match(const LogVariables& line, State& state) const;

  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] const Condition& rule(std::uint32_t number) const;

 private:
  struct Inner;
  explicit RuleSet(std::unique_ptr<Inner> inner);
  std::unique_ptr<Inner> inner_;
};

}  // namespace taffrail::expr
