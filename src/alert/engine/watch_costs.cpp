#include <algorithm>
#include <spdlog/spdlog.h>

#include "alert/engine/watch.hpp"
#include "base/time_format.hpp"

// What rules cost, and what they could not deal with.

namespace taffrail::alert {

RulePtr Watch::rule_of(RuleId id) const {
  const auto at = std::ranges::find_if(table_->rules(), [&](const RulePtr& one) { return one->id() == id; });
  return at == table_->rules().end() ? nullptr : *at;
}

void Watch::charge(RuleId id, Duration cpu) {
  const RulePtr rule = rule_of(id);
  if (!rule) return;
  const auto throttled = budgets_.charge(id, cpu, clock_.now(), clock_.steady_now());
  if (!throttled) return;
  book_.set_aside(id, true, clock_.now());
  spdlog::warn(
      "alerts: rule {} ('{}') took more than {:.0f} % of a processor over {} s and is not asked until {}; its {}", id,
      rule->spec().name, 100 * RuleBudgets::share,
      std::chrono::duration_cast<std::chrono::seconds>(RuleBudgets::averaged).count(), to_rfc3339(throttled->until),
      rule->spec().type == RuleType::log ? "condition should look for a text first, or do less"
                                         : "condition, groups and message should do less");
  take_own_event(
      {.action = "rule_throttled",
       .attributes = {
           {"rule", rule->spec().name}, {"rule_id", std::to_string(id)}, {"until", to_rfc3339(throttled->until)}}});
}

void Watch::note_costs(const LogRules& rules, const LogEvaluation& evaluation) {
  for (const auto& [index, cpu] : evaluation.costs) charge(rules.rules()[index]->id(), cpu);
  for (const auto& [index, lines] : evaluation.unasked) budgets_.add_unlooked(rules.rules()[index]->id(), lines);
}

void Watch::note_costs(const RuleMeter& meter) {
  for (const auto& [rule, cpu] : meter.costs()) charge(rule, cpu);
  for (const auto& [rule, count] : meter.unasked()) budgets_.add_unlooked(rule, count);
}

void Watch::resume_rules() {
  for (const auto& [id, lines] : budgets_.resume(clock_.steady_now())) {
    book_.set_aside(id, false, clock_.now());
    const RulePtr rule = rule_of(id);
    const std::string name = rule ? rule->spec().name : "";
    spdlog::info("alerts: rule {} ('{}') is asked again; it was not asked about {} lines, samples or events", id, name,
                 lines);
    take_own_event({.action = "rule_resumed",
                    .attributes = {{"rule", name}, {"rule_id", std::to_string(id)}, {"lines", std::to_string(lines)}}});
  }
}

void Watch::note_failures(const LogRules& rules, const std::vector<LogEvaluation::Failure>& failures) {
  for (const LogEvaluation::Failure& failure : failures) {
    Failures& known = failures_[rules.rules()[failure.rule]->id()];
    known.count += failure.lines;
    counters_.failures += failure.lines;
    known.error = failure.error;
    known.line = failure.line;
  }
}

const Watch::Failures* Watch::failures(RuleId rule) const {
  const auto at = failures_.find(rule);
  return at == failures_.end() ? nullptr : &at->second;
}

}  // namespace taffrail::alert
