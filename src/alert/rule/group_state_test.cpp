#include "alert/rule/group_state.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "base/time_format.hpp"

namespace taffrail::alert {
namespace {

using namespace std::chrono_literals;

const Time start = *parse_rfc3339("2026-11-26T10:00:00Z");

/// @param rest keys besides the name and the condition; of a rule about samples, after "metric "
RulePtr rule_of(std::string rest) {
  std::string condition = R"("log":"true")";
  if (rest.starts_with("metric ")) {
    condition = R"("metric":"cpu > 80")";
    rest.erase(0, 7);
  }
  const auto spec = rule_of_json(fmt::format(R"({{"name":"n",{}{}{}}})", condition, rest.empty() ? "" : ",", rest));
  EXPECT_TRUE(spec) << rest << (spec ? "" : spec.error().detail);
  return Rule::compile(1, 1, *spec).value();
}

std::string text(const GroupState::Decision& d) {
  std::string out;
  if (d.resolves) out += d.quietly ? "quiet " : "resolved ";
  if (d.fires) out += "fires ";
  if (d.repeats) out += "repeats ";
  return out.empty() ? "-" : out + std::to_string(d.count);
}

/// A rule's group, and what it says at seconds after `start`.
struct Group {
  explicit Group(const std::string& rest, std::optional<Time> since = {}) : rule(rule_of(rest)), state(*rule, since) {}
  std::string match(double second, std::uint64_t n = 1) { return text(state.take(*rule, at(second), n)); }
  std::string sample(double second, bool holds) { return text(state.take_sample(*rule, at(second), holds)); }
  std::string over(double second) { return text(state.take_resolved(*rule, at(second))); }
  std::string pass(double second, bool runs = true) { return text(state.pass(*rule, at(second), runs)); }
  std::optional<double> due() const {
    const auto time = state.due(*rule);
    return time ? std::optional(std::chrono::duration<double>(*time - start).count()) : std::nullopt;
  }
  static Time at(double second) { return start + Duration(static_cast<std::int64_t>(second * 1e9)); }

  RulePtr rule;
  GroupState state;
};

TEST(AtOnce, TellsEachMatchWithoutACooldownAndEndsQuietly) {
  Group group("");
  EXPECT_EQ(group.match(0), "fires 1");
  EXPECT_EQ(group.match(0), "repeats 1");
  EXPECT_EQ(group.match(1, 3), "repeats 3");
  EXPECT_TRUE(group.state.fires());
  EXPECT_EQ(group.due(), 301);
  EXPECT_EQ(group.pass(300), "-");
  EXPECT_EQ(group.pass(301), "quiet 0");
  EXPECT_EQ(group.due(), std::nullopt);
  EXPECT_EQ(group.match(302), "fires 1");
  EXPECT_EQ(group.match(1000), "quiet fires 1");  // nobody passed in between
}

TEST(AtOnce, PutsTogetherWhatComesWithinACooldown) {
  Group group(R"("cooldown":"10m")");
  EXPECT_EQ(group.match(0), "fires 1");
  for (int i = 1; i <= 17; ++i) EXPECT_EQ(group.match(i), "-");
  EXPECT_EQ(group.due(), 600);
  EXPECT_EQ(group.pass(599), "-");
  EXPECT_EQ(group.pass(600), "repeats 17");
  EXPECT_EQ(group.pass(1199), "-");
  EXPECT_EQ(group.pass(1200), "quiet 0");
}

TEST(AtOnce, IsOverWhenTheRuleSaysSo) {
  Group expression(R"("resolve":"text contains \"up\"")");
  EXPECT_EQ(expression.over(0), "-");
  EXPECT_EQ(expression.match(1), "fires 1");
  EXPECT_EQ(expression.pass(100000), "-");
  EXPECT_EQ(expression.over(0.5), "-");  // it was read late: the match came after it
  EXPECT_EQ(expression.over(100001), "resolved 0");
  EXPECT_EQ(expression.match(100002), "fires 1");
  Group time(R"("resolve":"2m","cooldown":"10m")");
  EXPECT_EQ(time.match(0), "fires 1");
  EXPECT_EQ(time.match(60), "-");
  EXPECT_EQ(time.due(), 180);
  EXPECT_EQ(time.pass(180), "resolved 1");
  EXPECT_EQ(time.match(200), "-");  // still cooling down
  EXPECT_EQ(time.due(), 600);
  EXPECT_EQ(time.pass(600), "fires 1");
}

TEST(Count, FiresOnceWhenMoreThanSoManyAreInTheWindow) {
  Group group(R"("count":{"over":3,"in":"2m"})");
  EXPECT_EQ(group.match(0), "-");
  EXPECT_EQ(group.match(10), "-");
  EXPECT_EQ(group.match(20), "-");
  EXPECT_EQ(group.match(30), "fires 4");
  EXPECT_EQ(group.match(31), "-");
  EXPECT_EQ(group.due(), 130);
  EXPECT_EQ(group.pass(129.9), "-");
  EXPECT_EQ(group.pass(130), "resolved 3");
  EXPECT_EQ(group.match(131), "fires 4");
  EXPECT_FALSE(group.state.is_idle(*group.rule, Group::at(1000)));
}

TEST(Count, IsToldAgainEachCooldownWhileMoreComes) {
  Group group(R"("count":{"over":1,"in":"1h"},"cooldown":"5m")");
  EXPECT_EQ(group.match(0, 2), "fires 2");
  EXPECT_EQ(group.match(10), "-");
  EXPECT_EQ(group.due(), 300);
  EXPECT_EQ(group.pass(300), "repeats 3");
  EXPECT_EQ(group.pass(900), "-");  // nothing more to tell
  EXPECT_EQ(group.match(901), "repeats 4");
}

TEST(Count, CountsWhatComesLateWhereItBelongs) {
  Group group(R"("count":{"over":2,"in":"2m"})");
  EXPECT_EQ(group.match(200), "-");
  EXPECT_EQ(group.match(70), "-");  // before the window
  EXPECT_EQ(group.match(150), "-");
  EXPECT_EQ(group.match(140), "fires 3");
}

TEST(Count, TellsAfterTheCooldownWhatHeldDuringIt) {
  Group group(R"("count":{"over":1,"in":"1m"},"cooldown":"10m")");
  EXPECT_EQ(group.match(0, 2), "fires 2");
  EXPECT_EQ(group.pass(60), "resolved 0");
  EXPECT_EQ(group.match(590, 2), "-");
  EXPECT_EQ(group.due(), 600);
  EXPECT_EQ(group.pass(600), "fires 2");
}

TEST(Absent, FiresOnlyOfWhatWasSeenAndOnlyWhileItRuns) {
  Group never(R"("absent":"10m")");
  EXPECT_EQ(never.pass(0), "-");
  EXPECT_EQ(never.pass(100000), "-");
  EXPECT_EQ(never.due(), std::nullopt);
  Group group(R"("absent":"10m")");
  EXPECT_EQ(group.match(0), "-");
  EXPECT_EQ(group.match(60), "-");
  EXPECT_EQ(group.due(), 660);
  EXPECT_EQ(group.pass(659), "-");
  EXPECT_EQ(group.pass(660), "fires 0");
  EXPECT_EQ(group.pass(5000), "-");
  EXPECT_EQ(group.match(5001), "resolved 0");
  EXPECT_EQ(group.pass(5100, false), "-");
  EXPECT_EQ(group.pass(9000, false), "-");
  EXPECT_EQ(group.due(), std::nullopt);
  EXPECT_EQ(group.pass(9001, true), "-");  // it is given time to begin
  EXPECT_EQ(group.due(), 9601);
  EXPECT_EQ(group.pass(9601), "fires 0");
  EXPECT_EQ(group.pass(9700, false), "resolved 0");
}

TEST(Absent, AlwaysCountsFromWhenItIsWatched) {
  Group group(R"("absent":{"for":"10m","always":true})", start);
  EXPECT_EQ(group.due(), 600);
  EXPECT_EQ(group.pass(600), "fires 0");
  EXPECT_EQ(group.match(601), "resolved 0");
}

TEST(Spike, ComparesWithWhatWasUsualOnceSomethingIsKnown) {
  Group group(R"("spike":{"factor":3,"in":"5m","min":20})");
  // Two a minute for two hours, of which the first five minutes know nothing.
  for (int i = 0; i < 240; ++i) EXPECT_EQ(group.match(i * 30), "-") << i;
  EXPECT_EQ(group.match(7200, 15), "-");  // 24 in the window, 10 are usual
  EXPECT_EQ(group.match(7201, 5), "-");
  EXPECT_EQ(group.match(7202, 5), "fires 34");
  EXPECT_EQ(group.pass(7203), "-");
  EXPECT_EQ(group.pass(7503), "resolved 0");
}

TEST(Spike, KnowsWhatWasUsualBeforeItWasWatched) {
  const std::string rule = R"("spike":{"factor":3,"in":"5m","min":5})";
  Group group(rule);
  // One a minute for two hours: five are usual. What came within the window was before the rule.
  for (int second = -7200; second <= 0; second += 60)
    group.state.take_past(start - 2h, start, Group::at(second), second > -290 ? 1000 : 1);
  EXPECT_EQ(group.match(1, 14), "-");
  EXPECT_EQ(group.match(2, 4), "fires 18");
  // Without that it would not know for five minutes, and then that nothing is usual.
  Group unknown(rule);
  EXPECT_EQ(unknown.match(1, 14), "-");
  EXPECT_EQ(unknown.match(2, 4), "-");
  // It is kept, and means nothing to other rules.
  auto again = GroupState::of(*group.rule, group.state.encode());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->encode(), group.state.encode());
  Group counts(R"("count":{"over":5,"in":"1h"})");
  counts.state.take_past(start - 2h, start, Group::at(-10), 1000);
  EXPECT_EQ(counts.match(1, 5), "-");
}

TEST(Spike, GoesOnFromWhatItSawWhereThatComesLater) {
  // The rule is in force before it is known what was before it.
  Group group(R"("spike":{"factor":3,"in":"5m","min":5})");
  EXPECT_EQ(group.match(1, 10), "-");
  for (int second = -7200; second <= -400; second += 60)
    group.state.take_past(start - 2h, Group::at(2), Group::at(second), 1);
  EXPECT_EQ(group.match(3, 4), "-");
  EXPECT_EQ(group.match(4, 4), "fires 18");
}

TEST(Spike, OfWhatNeverHappenedBeforeNeedsItsLeastNumber) {
  Group known(R"("spike":{"factor":3,"in":"5m","min":5})", start - 1h);
  EXPECT_EQ(known.match(0, 4), "-");
  EXPECT_EQ(known.match(1), "fires 5");
  Group unknown(R"("spike":{"factor":3,"in":"5m","min":5})");
  EXPECT_EQ(unknown.match(0, 100), "-");
}

// The reference's examples of its window of samples, with one sample a second.
TEST(Samples, HoldForAsLongAsTheRuleSays) {
  Group all(R"(metric "for":"15s","cooldown":"5m")");
  for (int i = 0; i < 15; ++i) EXPECT_EQ(all.sample(i, true), "-") << i;
  EXPECT_EQ(all.sample(15, true), "fires 16");
  for (int i = 16; i < 315; ++i) EXPECT_EQ(all.sample(i, true), "-") << i;
  EXPECT_EQ(all.sample(315, true), "repeats 300");
  EXPECT_EQ(all.sample(316, false), "resolved 0");
  for (int i = 317; i < 332; ++i) EXPECT_EQ(all.sample(i, true), "-") << i;
  EXPECT_EQ(all.sample(332, true), "-");  // it holds, but the cooldown is not over
  EXPECT_EQ(all.sample(400, false), "-");

  const auto of = [](const char* rule, int length, int against) {
    Group group(rule);
    std::string last;
    for (int i = 0; i < 40; ++i) {
      const bool tail = i >= 40 - length;
      last = group.sample(i, tail && i >= 40 - length + against);
    }
    return last != "-";
  };
  EXPECT_TRUE(of(R"(metric "for":"15s","share":0.8)", 15, 3));
  EXPECT_FALSE(of(R"(metric "for":"15s","share":0.8)", 15, 4));
  EXPECT_TRUE(of(R"(metric "for":"5s","share":0.8)", 5, 1));
  EXPECT_FALSE(of(R"(metric "for":"4s","share":0.8)", 4, 1));
}

TEST(Samples, CountOnlyWithoutGaps) {
  Group group(R"(metric "for":"15s")");
  for (int i = 0; i < 14; ++i) EXPECT_EQ(group.sample(i, true), "-");
  EXPECT_EQ(group.sample(3600, true), "-");  // an hour later it begins anew
  EXPECT_EQ(group.sample(3614, true), "-");
  EXPECT_EQ(group.sample(3615, true), "fires 17");
}

TEST(Samples, ThatAreRarerThanTheTimeStillHold) {
  Group group(R"(metric "for":"5s")");
  EXPECT_EQ(group.sample(0, false), "-");
  EXPECT_EQ(group.sample(10, true), "-");  // who knows since when
  EXPECT_EQ(group.sample(20, true), "fires 2");
}

TEST(Samples, AtOnceAreToldOncePerCooldownAndOverWhenNoneCome) {
  Group group("metric ");
  EXPECT_EQ(group.sample(0, true), "fires 1");
  EXPECT_EQ(group.sample(1, true), "-");
  EXPECT_EQ(group.sample(2, false), "resolved 1");
  EXPECT_EQ(group.sample(3, true), "-");
  EXPECT_EQ(group.sample(300, true), "fires 2");
  EXPECT_EQ(group.pass(400), "-");
  EXPECT_EQ(group.due(), 1200);
  EXPECT_EQ(group.pass(1200), "resolved 0");
  EXPECT_EQ(group.sample(1201, true), "fires 1");
  EXPECT_EQ(group.pass(1202, false), "resolved 0");
}

TEST(Clocks, ThatAreSetBackHoldUpNothing) {
  Group group(R"("cooldown":"10m")");
  EXPECT_EQ(group.match(0), "fires 1");
  EXPECT_EQ(group.match(60), "-");
  group.state.set_clock(start - 1h);  // a minute of the cooldown has passed, nine are left
  EXPECT_EQ(group.due(), -3660 + 600);
  EXPECT_EQ(group.pass(-3061), "-");
  EXPECT_EQ(group.pass(-3060), "repeats 1");
  Group count(R"("count":{"over":2,"in":"2m"})");
  EXPECT_EQ(count.match(0, 2), "-");
  EXPECT_EQ(count.pass(-3600), "-");
  EXPECT_EQ(count.match(-3599), "fires 3");
}

TEST(Clocks, OfAnyTimeAreNoError) {
  for (const char* kind : {"", R"("count":{"over":1,"in":"1s"})", R"("absent":{"for":"1s","always":true})",
                           R"("spike":{"factor":1,"in":"6h"})", R"(metric "for":"30d","share":0.5)"}) {
    Group group(kind);
    for (const Time at : {Time::max(), Time::min(), Time(), Time::max(), start}) {
      (void)group.state.take(*group.rule, at, std::numeric_limits<std::uint64_t>::max());
      (void)group.state.take_sample(*group.rule, at, true);
      (void)group.state.pass(*group.rule, at, true);
      (void)group.state.due(*group.rule);
      (void)group.state.is_idle(*group.rule, at);
      const auto again = GroupState::of(*group.rule, group.state.encode());
      ASSERT_TRUE(again) << kind << again.error().detail;
      EXPECT_EQ(again->encode(), group.state.encode());
    }
  }
}

TEST(Codes, OfAnotherRuleOrDamagedAreRefused) {
  Group group(R"("count":{"over":1,"in":"2m"})");
  (void)group.match(0, 2);
  const std::string bytes = group.state.encode();
  EXPECT_TRUE(GroupState::of(*group.rule, bytes));
  EXPECT_TRUE(GroupState::of(*rule_of(R"("count":{"over":7,"in":"2m"})"), bytes));
  EXPECT_FALSE(GroupState::of(*rule_of(R"("count":{"over":1,"in":"3m"})"), bytes));
  EXPECT_FALSE(GroupState::of(*rule_of(""), bytes));
  EXPECT_FALSE(GroupState::of(*rule_of("metric "), bytes));
  EXPECT_FALSE(GroupState::of(*group.rule, bytes + "x"));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(GroupState::of(*group.rule, std::string_view(bytes).substr(0, size))) << size;
}

}  // namespace
}  // namespace taffrail::alert
