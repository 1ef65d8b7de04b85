#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "alert/notification.hpp"
#include "base/clock.hpp"
#include "expr/stopwatch.hpp"

namespace taffrail::alert {

/// Measures what each rule takes of one batch of samples or events, and leaves out those that are set aside, and those
/// that have taken more than RuleBudgets::most_at_once of it. On a worker.
class RuleMeter {
 public:
  /// @param off rules that are set aside; null: none
  explicit RuleMeter(const std::shared_ptr<const std::set<RuleId>>& off) {
    if (off) off_ = *off;
  }

  /// Whether the rule is to be asked. One that is not is counted.
  [[nodiscard]] bool asks(RuleId rule) {
    if (off_.empty() || !off_.contains(rule)) return true;
    ++unasked_[rule];
    return false;
  }
  /// What was done since the last call of this or of `charge` is no rule's.
  void pass();
  /// It was this rule's.
  void charge(RuleId rule);

  /// For each rule whose CPU time counts (RuleBudgets) how much it was.
  [[nodiscard]] const std::map<RuleId, Duration>& costs() const { return costs_; }
  /// For each rule that was left out how often it was.
  [[nodiscard]] const std::map<RuleId, std::uint64_t>& unasked() const { return unasked_; }

 private:
  std::set<RuleId> off_;
  std::map<RuleId, Duration> costs_;
  std::map<RuleId, std::uint64_t> unasked_;
  expr::Stopwatch watch_;
};

}  // namespace taffrail::alert
