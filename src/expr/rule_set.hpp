#pragma once

#include <chrono>
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

    /// Rules that are not asked from the next line on; none: all are.
    void set_off(std::span<const std::uint32_t> rules);
    /// About how much CPU time each rule took beyond `free_time` a line since the last `forget_costs`. Rules with the
    /// same source answer together, and each is said to have taken all of it.
    [[nodiscard]] std::chrono::nanoseconds cost(std::uint32_t rule) const;
    /// Whether any rule took more than that.
    [[nodiscard]] bool has_costs() const { return has_costs_; }
    void forget_costs();
    /// Whether some rule took more than `most` since then, or since the last `set_off`.
    [[nodiscard]] bool has_exceeded() const { return has_exceeded_; }
    std::chrono::nanoseconds most = std::chrono::nanoseconds::max();

   private:
    friend class RuleSet;
    struct Inner;
    std::unique_ptr<Inner> inner_;
    bool has_costs_ = false;
    bool has_exceeded_ = false;
  };

  /// What a rule may take of one line without its being counted: ordinary ones take a tenth of it.
  static constexpr std::chrono::nanoseconds free_time{5000};

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
