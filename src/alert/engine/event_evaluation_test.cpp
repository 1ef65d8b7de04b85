#include "alert/engine/event_evaluation.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "alert/engine/rule_budgets.hpp"

namespace taffrail::alert {
namespace {

RulePtr rule(RuleId id, const std::string& condition, const std::string& resolve = "") {
  RuleSpec spec;
  spec.type = RuleType::event;
  spec.name = "rule " + std::to_string(id);
  spec.condition = condition;
  spec.resolve_when = resolve;
  auto made = Rule::compile(id, 1, std::move(spec));
  EXPECT_TRUE(made.has_value()) << made.error().detail;
  return *made;
}

std::vector<AskedEvent> events(const ContainerRulesPtr& rules, const std::vector<std::string>& names) {
  const auto view = std::make_shared<const ContainerView>(std::make_shared<const Container>(), "host");
  std::vector<AskedEvent> made;
  for (const std::string& name : names) {
    ContainerEvent event;
    event.action = name;
    made.push_back({.event = std::make_shared<const ContainerEvent>(event), .view = view, .rules = rules});
  }
  return made;
}

ContainerRulesPtr having(std::vector<RulePtr> event) {
  auto rules = std::make_shared<ContainerRules>();
  rules->event = std::move(event);
  return rules;
}

const RuleTable none{std::vector<RulePtr>()};

TEST(EventEvaluation, FindsWhatMatchesAndWhatEnds) {
  RuleMeter meter(nullptr);
  const auto found =
      evaluate(events(having({rule(1, "name == \"die\"", "name == \"start\"")}), {"die", "start", "oom"}), none, meter);
  ASSERT_EQ(found[0].size(), 1U);
  EXPECT_FALSE(found[0][0].resolves);
  ASSERT_EQ(found[1].size(), 1U);
  EXPECT_TRUE(found[1][0].resolves);
  EXPECT_TRUE(found[2].empty());
}

TEST(EventEvaluation, AsksTheRulesOfTheTableWhereNoContainerHasSome) {
  const RuleTable table({rule(1, "name == \"host_unreachable\"")});
  RuleMeter meter(nullptr);
  EXPECT_EQ(evaluate(events(nullptr, {"host_unreachable"}), table, meter)[0].size(), 1U);
}

TEST(EventEvaluation, GoesOnWithoutARuleThatWouldHoldUpTheOthersAndCountsWhatItWasNotAsked) {
  constexpr std::size_t count = 20'000;
  const auto asked = events(having({rule(1, "true"), rule(2, "sum(1..3000, # * len(name)) > 0")}),
                            std::vector<std::string>(count, "die"));
  RuleMeter meter(nullptr);
  std::size_t first = 0;
  std::size_t second = 0;
  for (const auto& matches : evaluate(asked, none, meter))
    for (const EventMatch& match : matches) ++(match.rule->id() == 1 ? first : second);
  EXPECT_EQ(first, count);
  EXPECT_EQ(second + meter.unasked().at(2), count);
  EXPECT_GT(meter.costs().at(2), RuleBudgets::most_at_once);
}

}  // namespace
}  // namespace taffrail::alert
