#include "alert/engine/rule_meter.hpp"

#include "alert/engine/rule_budgets.hpp"
#include "expr/rule_set.hpp"

namespace taffrail::alert {

void RuleMeter::pass() { (void)watch_.lap(expr::RuleSet::free_time); }

void RuleMeter::charge(RuleId rule) {
  const Duration took = watch_.lap(expr::RuleSet::free_time);
  if (took <= expr::RuleSet::free_time) return;
  Duration& cost = costs_[rule];
  cost += took - expr::RuleSet::free_time;
  if (cost > RuleBudgets::most_at_once) off_.insert(rule);
}

}  // namespace taffrail::alert
