#include "alert/engine/past_matches.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "alert/engine/preview.hpp"
#include "pipeline/pipeline_fixture.hpp"

namespace taffrail::alert {
namespace {

using namespace std::chrono_literals;

const Time start = Time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 26)) + 9h;

RulePtr made(RuleType type, const std::string& condition, RuleSpec spec = {}) {
  spec.type = type;
  spec.name = "tried";
  spec.condition = condition;
  auto rule = Rule::compile(1, 1, std::move(spec));
  EXPECT_TRUE(rule.has_value()) << rule.error().detail;
  return *rule;
}

/// What a test says that there was, told as the contract says.
class WhatThereWas final : public PastFinder {
 public:
  void happened(const std::string& id, Time time, std::string action,
                std::map<std::string, std::string> attributes = {}) {
    ContainerEvent event;
    event.container = MemorySource::id(id);
    event.host = event.container.host();
    event.time = time;
    event.action = std::move(action);
    event.attributes = std::move(attributes);
    events.push_back(std::move(event));
  }
  void did(const std::string& id, Time time, double pids) {
    StatSample sample;
    sample.time = time;
    sample.pids = pids;
    samples.emplace_back(MemorySource::id(id), sample);
  }
  Task<Result<std::vector<ContainerEvent>>> past_events(std::vector<ContainerId> containers, Time since,
                                                        std::size_t most) override {
    std::vector<ContainerEvent> found;
    for (const ContainerEvent& event : events)
      if (event.time >= since && std::ranges::count(containers, event.container) == 1) found.push_back(event);
    std::ranges::sort(found, {}, &ContainerEvent::time);
    if (found.size() > most) found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(most));
    co_return found;
  }
  Task<Result<std::vector<StatSample>>> past_samples(ContainerId container, Time since, Time until) override {
    std::vector<StatSample> found;
    for (const auto& [id, sample] : samples)
      if (id == container && sample.time >= since && sample.time < until) found.push_back(sample);
    co_return found;
  }

  std::vector<ContainerEvent> events;
  std::vector<std::pair<ContainerId, StatSample>> samples;
};

class PastMatchesTest : public PipelineTest {
 public:
  PastMatches look(const RulePtr& rule, PastLimits limits = {}, std::function<bool(const Container&)> sees = {}) {
    std::optional<Result<PastMatches>> found;
    run([](PastMatchesTest& test, RulePtr asked, PastLimits within, std::function<bool(const Container&)> seen,
           std::optional<Result<PastMatches>>& out) -> Task<> {
      out = co_await past_matches(*test.pipeline_, {.lines = nullptr, .others = &test.was_}, std::move(asked), start,
                                  std::move(seen), within);
    }(*this, rule, limits, std::move(sees), found));
    EXPECT_TRUE(found && *found);
    return std::move(**found);
  }

  WhatThereWas was_;
};

TEST_F(PastMatchesTest, AsksAboutEventsOfTheContainersThatTheRuleIsAbout) {
  add("a");
  add("b");
  was_.happened("a", start - 1s, "die", {{"exitCode", "9"}});  // before
  was_.happened("a", start + 2s, "die", {{"exitCode", "3"}});
  was_.happened("b", start + 1s, "die", {{"exitCode", "3"}});
  was_.happened("a", start + 3s, "start");
  was_.happened("gone", start + 3s, "die", {{"exitCode", "3"}});  // nobody knows it
  RuleSpec spec;
  spec.containers = R"(name == "a-name")";
  spec.resolve_when = R"(name == "start")";
  spec.message = "code {{ event.attributes.exitCode }}";
  const RulePtr rule = made(RuleType::event, R"(name == "die" and attributes.exitCode != "0")", std::move(spec));
  PastMatches past = look(rule);
  EXPECT_EQ(past.events, 2U);
  EXPECT_EQ(past.from, start);
  EXPECT_FALSE(past.truncated);
  ASSERT_EQ(past.matches.size(), 2U);
  EXPECT_EQ(past.matches[0].at, start + 2s);
  EXPECT_EQ(past.matches[0].said->detail, "container event: die (exit code 3)");
  EXPECT_EQ(past.matches[0].said->message, "code 3");
  EXPECT_TRUE(past.matches[1].resolves);
  const std::string told = preview(rule, std::move(past), start, start + 1h);
  EXPECT_NE(told.find(R"("events":2,"matches":1)"), std::string::npos) << told;
  EXPECT_NE(told.find(R"("notifications":2)"), std::string::npos) << told;
  EXPECT_NE(told.find(R"("message":"code 3")"), std::string::npos) << told;
}

TEST_F(PastMatchesTest, Scenario14_LooksAtNoContainerThatWhoAsksDoesNotSee) {
  add("mine");
  add("theirs");
  was_.happened("mine", start + 1s, "die");
  was_.happened("theirs", start + 2s, "die");
  const auto sees = [](const Container& container) { return container.name == "mine-name"; };
  const PastMatches past = look(made(RuleType::event, "true"), {}, sees);
  EXPECT_EQ(past.events, 1U);
  ASSERT_EQ(past.containers.size(), 1U);
  EXPECT_EQ(past.containers[0]->name, "mine-name");
}

TEST_F(PastMatchesTest, SaysFromWhenOnItLookedAtEventsWhereThereAreMore) {
  add("a");
  for (int i = 0; i < 10; ++i) was_.happened("a", start + i * 1s, "die");
  const PastMatches past = look(made(RuleType::event, R"(name == "die")"), {.matches = 4});
  EXPECT_TRUE(past.truncated);
  EXPECT_EQ(past.from, start + 6s);
  EXPECT_EQ(past.matches.size(), 4U);
}

TEST_F(PastMatchesTest, SaysThatItDidNotAskADearRuleAboutAll) {
  add("a");
  for (int i = 0; i < 20'000; ++i) was_.happened("a", start + i * 1ms, "die");
  const PastMatches past =
      look(made(RuleType::event, R"(name == "die" and all(1..40000, # > 0))"), {.matches = 30'000});
  EXPECT_EQ(past.events, 20'000U);
  EXPECT_LT(past.matches.size(), 20'000U);
  EXPECT_TRUE(past.truncated);
}

TEST_F(PastMatchesTest, EndsInTimeWhereARuleOnSamplesIsDear) {
  add("a");
  for (int i = 0; i < 20'000; ++i) was_.did("a", start + i * 10s, 1);
  const PastMatches past =
      look(made(RuleType::metric, "pids > 0 and all(1..40000, # > 0)"), {.time = 200ms, .samples = 30'000});
  EXPECT_LT(past.samples, 20'000U);
  EXPECT_TRUE(past.truncated);
}

TEST_F(PastMatchesTest, AsksAboutStoredSamplesOfTheTimeAsked) {
  add("a");
  for (int i = -1; i < 6; ++i) was_.did("a", start + i * 10s, i < 3 ? 900 : 10);
  RuleSpec spec;
  spec.hold = 20s;
  const RulePtr rule = made(RuleType::metric, "pids > 500", std::move(spec));
  PastMatches past = look(rule);
  EXPECT_EQ(past.samples, 6U);
  ASSERT_EQ(past.matches.size(), 6U);
  EXPECT_TRUE(past.matches[2].holds);
  EXPECT_FALSE(past.matches[3].holds);
  EXPECT_TRUE(past.matches[2].said);
  EXPECT_FALSE(past.matches[3].said);  // it can make nobody speak
  EXPECT_FALSE(past.truncated);
  const std::string told = preview(rule, std::move(past), start, start + 1h);
  EXPECT_NE(told.find(R"("samples":6,"events":0,"matches":3)"), std::string::npos) << told;
  EXPECT_NE(told.find(R"("kind":"fired")"), std::string::npos) << told;
}

TEST_F(PastMatchesTest, KnowsWhatASampleSaidThatMayBeTheLastOfThoseThatMustHold) {
  add("a");
  for (int i = 0; i < 5; ++i) was_.did("a", start + i * 10s, i < 4 ? 900 : 10);
  RuleSpec spec;
  spec.hold = 40s;
  spec.share = 0.6;
  const RulePtr rule = made(RuleType::metric, "pids > 500", std::move(spec));
  PastMatches past = look(rule);
  ASSERT_EQ(past.matches.size(), 5U);
  EXPECT_FALSE(past.matches[4].holds);
  ASSERT_TRUE(past.matches[4].said);
  EXPECT_NE(preview(rule, std::move(past), start, start + 1h).find(R"("kind":"fired")"), std::string::npos);
}

TEST_F(PastMatchesTest, LeavesOutContainersWhereSamplesAreEnough) {
  for (const std::string id : {"a", "b", "c"}) {
    add(id);
    for (int i = 0; i < 10; ++i) was_.did(id, start + i * 10s, 1);
  }
  const PastMatches past = look(made(RuleType::metric, "pids > 0"), {.samples = 15});
  EXPECT_TRUE(past.truncated);
  EXPECT_EQ(past.samples, 20U);  // that of one container is asked about as a whole
}

}  // namespace
}  // namespace taffrail::alert
