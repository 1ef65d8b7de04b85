#include "alert/engine/log_evaluation.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "alert/engine/rule_budgets.hpp"

namespace taffrail::alert {
namespace {

RulePtr rule(RuleId id, const std::string& condition) {
  RuleSpec spec;
  spec.name = "rule " + std::to_string(id);
  spec.condition = condition;
  auto made = Rule::compile(id, 1, std::move(spec));
  EXPECT_TRUE(made.has_value()) << made.error().detail;
  return *made;
}

std::shared_ptr<const LogRules> rules(std::vector<RulePtr> all) { return LogRules::build(std::move(all)).value(); }

Batch batch(std::size_t lines) {
  Batch made;
  for (std::size_t i = 0; i < lines; ++i) {
    made.append(Time(std::chrono::seconds(i)), text::StdStream::out, "line " + std::to_string(i), false);
    made.records.back().seq = i + 1;
  }
  return made;
}

std::map<std::size_t, std::uint64_t> matches(const LogEvaluation& evaluation) {
  std::map<std::size_t, std::uint64_t> counts;
  for (const LogMatch& match : evaluation.matches) counts[match.rule] += match.count;
  return counts;
}

using Counts = std::map<std::size_t, std::uint64_t>;
const ContainerView view(std::make_shared<const Container>(), "host");

TEST(LogEvaluation, AsksNoRulesThatAreOffAndCountsTheirLines) {
  const auto all = rules({rule(7, "text contains \"line\""), rule(8, "text endsWith \"3\""), rule(9, "true")});
  const auto off = std::make_shared<const std::set<RuleId>>(std::set<RuleId>{7, 100});
  LogContext context;
  const Batch ten = batch(10);
  const auto without = evaluate(all, ten, view, {}, context, off);
  EXPECT_EQ(matches(without), (Counts{{1, 1}, {2, 10}}));
  EXPECT_EQ(without.unasked, (std::vector<std::pair<std::size_t, std::uint64_t>>{{0, 10}}));
  const auto with = evaluate(all, ten, view, {}, context);
  EXPECT_EQ(matches(with), (Counts{{0, 10}, {1, 1}, {2, 10}}));
  EXPECT_TRUE(with.unasked.empty());
}

TEST(LogEvaluation, GoesOnWithoutARuleThatWouldHoldUpTheOthers) {
  // Some 100,000 steps a line: the most that a condition may have.
  const auto all = rules({rule(1, "text contains \"line\""), rule(2, "sum(1..20000, # * len(text)) > 0"),
                          rule(3, "text contains \"line\" and len(text) > 0")});
  LogContext context;
  constexpr std::size_t lines = 20'000;
  const Batch many = batch(lines);
  for (int round = 0; round < 2; ++round) {
    const auto found = evaluate(all, many, view, {}, context);
    const Counts counts = matches(found);
    EXPECT_EQ(counts.at(0), lines);
    EXPECT_EQ(counts.at(2), lines);
    ASSERT_EQ(found.unasked.size(), 1U) << "each batch begins with all rules; whether to is the budgets' matter";
    EXPECT_EQ(found.unasked[0].first, 1U);
    EXPECT_EQ(counts.at(1) + found.unasked[0].second, lines) << "every line is asked about, or counted";
    const std::map<std::size_t, Duration> costs(found.costs.begin(), found.costs.end());
    EXPECT_GT(costs.at(1), RuleBudgets::most_at_once);
    for (const auto& [index, cost] : costs) EXPECT_TRUE(index == 1 || cost < RuleBudgets::most_at_once / 10) << index;
    RuleBudgets budgets;
    EXPECT_TRUE(budgets.charge(2, costs.at(1), Time(), SteadyTime())) << "it is set aside at once";
  }
}

TEST(LogEvaluation, ChargesARuleForItsGroupsAndItsMessage) {
  RuleSpec grouped;
  grouped.name = "grouped";
  grouped.condition = "text endsWith \"7\"";
  grouped.by = {"sum(1..3000, # * len(text))"};
  RuleSpec told = grouped;
  told.by.clear();
  told.message = "{{ sum(1..3000, # * len(detail)) }}";
  const auto all = rules({rule(1, "text endsWith \"7\""), Rule::compile(2, 1, std::move(grouped)).value(),
                          Rule::compile(3, 1, std::move(told)).value()});
  LogContext context;
  const auto found = evaluate(all, batch(500), view, {}, context);
  EXPECT_EQ(matches(found), (Counts{{0, 50}, {1, 50}, {2, 50}}));
  const std::map<std::size_t, Duration> costs(found.costs.begin(), found.costs.end());
  for (const std::size_t index : {1UZ, 2UZ}) {
    ASSERT_TRUE(costs.contains(index)) << index;
    EXPECT_GT(costs.at(index), 50 * expr::RuleSet::free_time) << index;
    EXPECT_TRUE(!costs.contains(0) || costs.at(0) < costs.at(index) / 5) << index;
  }
}

}  // namespace
}  // namespace taffrail::alert
