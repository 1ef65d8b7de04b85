#include "alert/engine/rule_budgets.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace taffrail::alert {
namespace {

Duration scaled(Duration duration, double factor) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double, Duration::period>(duration) * factor);
}

}  // namespace

std::optional<RuleBudgets::Throttled> RuleBudgets::charge(RuleId rule, Duration cpu, Time now, SteadyTime at) {
  const auto [known, is_new] = accounts_.try_emplace(rule);
  Account& account = known->second;
  account.costs.cpu += cpu;
  // What was under way when it was set aside.
  if (account.costs.throttled) return std::nullopt;
  if (is_new) account.counted_at = account.until = at;
  account.level = std::max(Duration(0), account.level - scaled(at - account.counted_at, share)) + cpu;
  account.counted_at = at;
  if (account.level <= most_at_once) return std::nullopt;
  if (at - account.until > forgiven) account.pause = first_pause;
  account.until = at + account.pause;
  account.costs.throttled = Throttled{.since = now, .until = moved(now, account.pause), .lines = 0};
  account.pause = std::min(2 * account.pause, longest_pause);
  account.level = Duration(0);
  publish();
  return account.costs.throttled;
}

void RuleBudgets::add_unlooked(RuleId rule, std::uint64_t lines) {
  const auto known = accounts_.find(rule);
  if (known == accounts_.end()) return;
  unlooked_ += lines;
  known->second.costs.lines += lines;
  if (known->second.costs.throttled) known->second.costs.throttled->lines += lines;
}

std::vector<std::pair<RuleId, std::uint64_t>> RuleBudgets::resume(SteadyTime at) {
  std::vector<std::pair<RuleId, std::uint64_t>> resumed;
  if (!throttled_) return resumed;
  for (const RuleId rule : *throttled_) {
    Account& account = accounts_.at(rule);
    if (account.until > at) continue;
    resumed.emplace_back(rule, account.costs.throttled->lines);
    account.costs.throttled.reset();
    account.counted_at = at;
  }
  if (!resumed.empty()) publish();
  return resumed;
}

bool RuleBudgets::forget(RuleId rule) {
  const auto known = accounts_.find(rule);
  if (known == accounts_.end()) return false;
  const bool was_throttled = known->second.costs.throttled.has_value();
  accounts_.erase(known);
  if (was_throttled) publish();
  return was_throttled;
}

const RuleBudgets::Costs* RuleBudgets::costs(RuleId rule) const {
  const auto known = accounts_.find(rule);
  return known == accounts_.end() ? nullptr : &known->second.costs;
}

std::vector<RuleId> RuleBudgets::known() const {
  std::vector<RuleId> rules;
  rules.reserve(accounts_.size());
  for (const auto& [rule, account] : accounts_) rules.push_back(rule);
  return rules;
}

void RuleBudgets::publish() {
  auto rules = std::make_shared<std::set<RuleId>>();
  for (const auto& [rule, account] : accounts_)
    if (account.costs.throttled) rules->insert(rule);
  throttled_ = rules->empty() ? nullptr : std::move(rules);
}

}  // namespace taffrail::alert
