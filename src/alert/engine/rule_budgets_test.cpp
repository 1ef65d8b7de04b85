#include "alert/engine/rule_budgets.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <utility>
#include <vector>

namespace taffrail::alert {
namespace {

using namespace std::chrono_literals;

class Budgets : public testing::Test {
 protected:
  /// Spends on a rule once in a second, for so long or until it is set aside. @return after how many seconds it was
  std::optional<int> spend(RuleId rule, Duration each_second, int seconds) {
    for (int second = 1; second <= seconds; ++second) {
      at_ += 1s;
      if (const auto throttled = budgets_.charge(rule, each_second, now(), at_)) {
        last_ = *throttled;
        return second;
      }
    }
    return std::nullopt;
  }
  [[nodiscard]] Time now() const { return Time(at_.time_since_epoch()) + std::chrono::days(1000); }

  RuleBudgets budgets_;
  RuleBudgets::Throttled last_;
  SteadyTime at_{1h};
};

TEST_F(Budgets, LetARuleTakeATenthOfAProcessorForGood) {
  EXPECT_EQ(spend(1, 100ms, 3600), std::nullopt);
  EXPECT_EQ(budgets_.throttled(), nullptr);
  EXPECT_EQ(budgets_.costs(1)->cpu, 360s);
  EXPECT_EQ(budgets_.costs(2), nullptr);
}

TEST_F(Budgets, SetARuleAsideThatTakesMoreOverTenSeconds) {
  EXPECT_EQ(spend(1, 100ms, 60), std::nullopt);
  EXPECT_EQ(spend(2, 900ms, 60), 2);
  EXPECT_EQ(last_.since, now());
  EXPECT_EQ(last_.until, now() + RuleBudgets::first_pause);
  ASSERT_NE(budgets_.throttled(), nullptr);
  EXPECT_EQ(*budgets_.throttled(), std::set<RuleId>{2}) << "the other one goes on";
  EXPECT_EQ(budgets_.charge(2, 10s, now(), at_), std::nullopt) << "what was under way";
  EXPECT_EQ(budgets_.charge(1, 0ms, now(), at_), std::nullopt);
}

TEST_F(Budgets, CountWhatIsNotLookedAtAndTryAgainEverMoreSeldom) {
  std::uint64_t all = 0;
  Duration pause = RuleBudgets::first_pause;
  for (int round = 0; round < 10; ++round) {
    ASSERT_EQ(spend(1, 2s, 1), 1);
    EXPECT_EQ(last_.until - last_.since, pause);
    budgets_.add_unlooked(1, 5);
    budgets_.add_unlooked(1, 7);
    all += 12;
    EXPECT_EQ(budgets_.costs(1)->throttled->lines, 12U);
    EXPECT_EQ(budgets_.costs(1)->lines, all);
    EXPECT_TRUE(budgets_.resume(at_ + pause - 1ns).empty());
    at_ += pause;
    EXPECT_EQ(budgets_.resume(at_), (std::vector<std::pair<RuleId, std::uint64_t>>{{1, 12}}));
    EXPECT_EQ(budgets_.throttled(), nullptr);
    EXPECT_FALSE(budgets_.costs(1)->throttled);
    pause = std::min(2 * pause, RuleBudgets::longest_pause);
  }
  EXPECT_EQ(pause, RuleBudgets::longest_pause);
  EXPECT_EQ(budgets_.unlooked(), all);
  at_ += RuleBudgets::forgiven + 1s;
  ASSERT_EQ(spend(1, 2s, 1), 1);
  EXPECT_EQ(last_.until - last_.since, RuleBudgets::first_pause) << "it was good for long";
}

TEST_F(Budgets, ForgetARuleThatHasChanged) {
  ASSERT_EQ(spend(1, 2s, 1), 1);
  ASSERT_EQ(spend(2, 2s, 1), 1);
  const auto seen = budgets_.throttled();
  EXPECT_TRUE(budgets_.forget(1));
  EXPECT_FALSE(budgets_.forget(1));
  EXPECT_EQ(*budgets_.throttled(), std::set<RuleId>{2});
  EXPECT_EQ(*seen, (std::set<RuleId>{1, 2})) << "who works with it keeps what he had";
  budgets_.add_unlooked(1, 5);
  EXPECT_EQ(budgets_.unlooked(), 0U);
}

}  // namespace
}  // namespace taffrail::alert
