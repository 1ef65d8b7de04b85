#include "alert/engine/sample_evaluation.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "alert/engine/rule_budgets.hpp"

namespace taffrail::alert {
namespace {

RulePtr rule(RuleId id, const std::string& condition, const std::string& message = "") {
  RuleSpec spec;
  spec.type = RuleType::metric;
  spec.name = "rule " + std::to_string(id);
  spec.condition = condition;
  spec.message = message;
  auto made = Rule::compile(id, 1, std::move(spec));
  EXPECT_TRUE(made.has_value()) << made.error().detail;
  return *made;
}

std::vector<AskedSample> samples(std::vector<RulePtr> metric, std::size_t count) {
  auto rules = std::make_shared<ContainerRules>();
  rules->metric = std::move(metric);
  const auto view = std::make_shared<const ContainerView>(std::make_shared<const Container>(), "host");
  std::vector<AskedSample> made(count);
  for (std::size_t i = 0; i < count; ++i) {
    made[i].rules = rules;
    made[i].view = view;
    made[i].sample.pids = i;
  }
  return made;
}

// Some 15,000 steps.
const std::string dear = "sum(1..3000, # * 2) > 0";

TEST(SampleEvaluation, GoesOnWithoutARuleThatWouldHoldUpTheOthersAndCountsWhatItWasNotAsked) {
  constexpr std::size_t count = 100'000;
  const auto asked = samples({rule(1, "pids >= 0"), rule(2, dear), rule(3, "pids > 100000")}, count);
  RuleMeter meter(nullptr);
  const auto verdicts = evaluate(asked, {}, meter);
  std::size_t first = 0;
  std::size_t second = 0;
  for (const SampleVerdicts& verdict : verdicts)
    for (const SampleVerdict& one : verdict.rules) ++(one.rule->id() == 1 ? first : second);
  EXPECT_EQ(first, count);
  ASSERT_EQ(meter.unasked().size(), 1U);
  EXPECT_EQ(second + meter.unasked().at(2), count) << "it is asked about every sample, or that is counted";
  EXPECT_GT(meter.costs().at(2), RuleBudgets::most_at_once);
  for (const auto& [id, cost] : meter.costs()) EXPECT_TRUE(id == 2 || cost < RuleBudgets::most_at_once / 10) << id;
}

TEST(SampleEvaluation, AsksNoRulesThatAreOffAndCountsTheirSamples) {
  const auto asked = samples({rule(1, "pids >= 0"), rule(2, "pids >= 0")}, 10);
  RuleMeter meter(std::make_shared<const std::set<RuleId>>(std::set<RuleId>{2, 99}));
  for (const SampleVerdicts& verdict : evaluate(asked, {}, meter)) {
    ASSERT_EQ(verdict.rules.size(), 1U);
    EXPECT_EQ(verdict.rules[0].rule->id(), 1);
  }
  EXPECT_EQ(meter.unasked(), (std::map<RuleId, std::uint64_t>{{2, 10}}));
}

TEST(SampleEvaluation, ChargesARuleForItsMessageWhichIsOfThoseThatHoldAlone) {
  const auto asked = samples({rule(1, "pids < 50", "{{ sum(1..3000, # * len(detail)) }} of {{ stat.pids }}")}, 100);
  RuleMeter meter(nullptr);
  const auto verdicts = evaluate(asked, {}, meter);
  ASSERT_EQ(verdicts[49].rules.size(), 1U);
  EXPECT_TRUE(verdicts[49].rules[0].message.ends_with(" of 49")) << verdicts[49].rules[0].message;
  EXPECT_TRUE(verdicts[50].rules.empty());
  EXPECT_GT(meter.costs().at(1), std::chrono::microseconds(500));
}

TEST(SampleEvaluation, TellsThatAConditionDoesNotHoldWhereARuleRemembersSomething) {
  const auto asked = samples({rule(1, "pids > 5"), rule(2, "pids > 5")}, 2);
  RuleMeter meter(nullptr);
  const auto verdicts = evaluate(asked, {2}, meter);
  ASSERT_EQ(verdicts[0].rules.size(), 1U);
  EXPECT_EQ(verdicts[0].rules[0].rule->id(), 2);
  EXPECT_FALSE(verdicts[0].rules[0].holds);
}

}  // namespace
}  // namespace taffrail::alert
