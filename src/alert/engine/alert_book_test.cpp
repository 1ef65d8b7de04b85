#include "alert/engine/alert_book.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace taffrail::alert {
namespace {

using namespace std::chrono_literals;

const Time start = Time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 26)) + 9h;

class HandClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return now_; }
  [[nodiscard]] SteadyTime steady_now() const override { return SteadyTime(now_.time_since_epoch()); }
  Time now_ = start;
};

class AlertBooks : public testing::Test {
 protected:
  AlertBooks() { book_.emplace(clock_, find(), is_silenced(), tried_for(), options_); }

  AlertBook::Find find() {
    return [this](const ContainerId& id) -> std::optional<Subject> {
      if (gone_.contains(id.str())) return std::nullopt;
      return subject(id.str());
    };
  }
  AlertBook::IsSilenced is_silenced() {
    return [this](const Notification& told) { return !silent_.empty() && told.detail.contains(silent_); };
  }
  static AlertBook::TriedFor tried_for() {
    return [](DestinationId id) { return id < 100 ? std::optional<Duration>(24h) : std::nullopt; };
  }
  Subject subject(const std::string& id) {
    Container container;
    container.id = ContainerId(HostId("h"), id);
    container.host = HostId("h");
    container.name = "name-" + id;
    container.state = ContainerState::running;
    return {std::make_shared<const Container>(std::move(container)), "host", start};
  }
  RulePtr rule(const std::string& json, RuleId id = 1, std::int64_t version = 1) {
    auto spec = rule_of_json(json);
    EXPECT_TRUE(spec.has_value()) << spec.error().detail;
    auto made = Rule::compile(id, version, std::move(*spec));
    EXPECT_TRUE(made.has_value()) << made.error().detail;
    book_->set_rule(*made);
    return *made;
  }
  void match(const RulePtr& of, const std::string& container, const std::string& text, std::uint64_t count = 1) {
    const Subject whom = subject(container);
    Trigger trigger;
    LineFacts line;
    line.text = text;
    line.time = clock_.now();
    trigger.facts = line;
    trigger.detail = text;
    book_->take(*of, AlertBook::key_of({}, whom.container->id), whom, clock_.now(), count, std::move(trigger));
  }
  struct Told {
    NotificationKind kind;
    std::string detail;
    std::uint64_t count;
    std::size_t destinations;
    friend bool operator==(const Told&, const Told&) = default;
  };
  std::vector<Told> told() {
    Changes changes = book_->take_changes();
    std::vector<Told> all;
    for (Changes::Out& out : changes.out) {
      all.push_back(
          {out.notification.kind, out.notification.detail, out.notification.alert.count, out.destinations.size()});
      EXPECT_TRUE(ids_.insert(out.notification.id).second) << "an id that was given before";
    }
    for (const auto& [id, alert] : changes.alerts)
      if (!alert.json.empty()) began_[id] = notification_of(alert.json).value();
    last_ = std::move(changes);
    return all;
  }
  /// As the store does it, which has what began alerts.
  void let_pass() {
    (void)book_->pass(clock_.now(), 100);
    for (const AlertId id : book_->due_escalations(clock_.now(), 100)) book_->escalate(id, began_.at(id));
  }
  void review_all() {
    for (const AlertId id : book_->active()) book_->review(id, began_.at(id));
  }

  HandClock clock_;
  AlertBook::Options options_{};
  std::set<std::string> gone_;
  std::string silent_;
  std::set<std::string> ids_;
  Changes last_;
  std::map<AlertId, Notification> began_;
  std::optional<AlertBook> book_;
};

TEST_F(AlertBooks, TellOfEachMatchAndOfTheCooldownsTogether) {
  const RulePtr each = rule(R"({"name": "each", "log": "true", "destinations": [1, 2]})");
  match(each, "a", "one");
  match(each, "a", "two");
  match(each, "b", "three");
  EXPECT_EQ(told(), (std::vector<Told>{{NotificationKind::fired, "one", 1, 2},
                                       {NotificationKind::repeated, "two", 1, 2},
                                       {NotificationKind::fired, "three", 1, 2}}));
  const RulePtr cool = rule(R"({"name": "cool", "log": "true", "cooldown": "1m", "destinations": [1]})", 2);
  match(cool, "a", "one");
  match(cool, "a", "two");
  clock_.now_ += 59s;
  match(cool, "a", "three");
  EXPECT_EQ(told(), (std::vector<Told>{{NotificationKind::fired, "one", 1, 1}}));
  clock_.now_ += 2s;
  match(cool, "a", "four");
  EXPECT_EQ(told(), (std::vector<Told>{{NotificationKind::repeated, "four", 3, 1}}));
}

TEST_F(AlertBooks, CountWhatABurstHasAndTellItTogether) {
  const RulePtr each = rule(R"({"name": "each", "log": "true", "destinations": [1]})");
  constexpr int many = 10'000;
  std::size_t most_bytes = 0;
  for (int i = 0; i < many; ++i) {
    match(each, "a", "line " + std::to_string(i));
    most_bytes = std::max(most_bytes, book_->bytes());
  }
  EXPECT_EQ(told().size(), options_.burst);
  EXPECT_LT(most_bytes, 1UZ << 20);
  clock_.now_ += options_.burst_length + 1s;
  EXPECT_FALSE(book_->pass(clock_.now(), 100));
  const auto rest = told();
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].count, many - options_.burst) << "every match is counted";
  EXPECT_EQ(rest[0].detail, "9900 more: line 100");
  EXPECT_EQ(last_.out[0].notification.more.size(), 5U);
}

TEST_F(AlertBooks, SilentAlertsAreKeptAndToldToNobody) {
  silent_ = "known";
  const RulePtr each = rule(R"({"name": "each", "log": "true", "destinations": [1]})");
  match(each, "a", "known trouble");
  match(each, "a", "known again");
  EXPECT_EQ(told(), (std::vector<Told>{{NotificationKind::fired, "known trouble", 1, 0},
                                       {NotificationKind::repeated, "known again", 1, 0}}));
  ASSERT_EQ(last_.alerts.size(), 1U);
  EXPECT_EQ(last_.alerts.begin()->second.state, AlertState::silenced);
}

TEST_F(AlertBooks, ASilenceAlsoHoldsForWhatFiresAlready) {
  const RulePtr each =
      rule(R"({"name": "each", "log": "true", "destinations": [1], "escalate": {"after": "2m", "destinations": [2]}})");
  match(each, "a", "known trouble");
  EXPECT_EQ(told().size(), 1U);
  silent_ = "known";
  review_all();
  match(each, "a", "known again");
  clock_.now_ += 3min;
  let_pass();
  EXPECT_EQ(told(), (std::vector<Told>{{NotificationKind::repeated, "known again", 1, 0}})) << "and no escalation";
  EXPECT_EQ(last_.alerts.begin()->second.state, AlertState::silenced);
  // When the silence is over it fires again.
  match(each, "a", "known still");
  silent_.clear();
  review_all();
  match(each, "a", "known after");
  EXPECT_EQ(told().back(), (Told{NotificationKind::repeated, "known after", 1, 1}));
  EXPECT_EQ(last_.alerts.begin()->second.state, AlertState::firing);
}

TEST_F(AlertBooks, EscalateWhatNobodyAcknowledges) {
  const RulePtr each = rule(
      R"({"name": "each", "log": "true", "destinations": [1], "escalate": {"after": "5m", "destinations": [2, 3, 4711]}})");
  match(each, "a", "seen");
  match(each, "b", "unseen");
  (void)told();
  EXPECT_TRUE(book_->acknowledge(1, "me", "on it").has_value());
  EXPECT_EQ(book_->acknowledge(99, "me", "").error().code, ErrorCode::not_found);
  clock_.now_ += 4min;
  let_pass();
  EXPECT_TRUE(told().empty());
  match(each, "b", "still");
  (void)told();
  clock_.now_ += 2min;
  let_pass();
  EXPECT_EQ(told(), (std::vector<Told>{{NotificationKind::escalated, "nobody has acknowledged: unseen", 2, 2}}));
}

TEST_F(AlertBooks, TellOfTheEndWhereTheRuleSaysWhenThatIs) {
  const RulePtr until = rule(
      R"({"name": "until", "log": "message contains \"down\"", "resolve": "message contains \"up\"", "destinations": [1]})");
  match(until, "a", "down");
  (void)told();
  clock_.now_ += 1min;
  book_->take_resolved(*until, AlertBook::key_of({}, subject("a").container->id), clock_.now());
  ASSERT_EQ(told().size(), 1U);
  EXPECT_EQ(last_.out[0].notification.kind, NotificationKind::resolved);
  EXPECT_EQ(last_.out[0].notification.alert.state, AlertState::resolved);
  EXPECT_EQ(book_->active_alerts(), 0U);
  EXPECT_EQ(book_->acknowledge(1, "me", "").error().code, ErrorCode::conflict);
}

TEST_F(AlertBooks, GoOnAfterARestartAsIfTherehadBeenNone) {
  const char* json =
      R"({"name": "count", "log": "true", "count": {"over": 3, "in": "5m"}, "cooldown": "1h", "destinations": [1]})";
  RulePtr count = rule(json);
  for (int i = 0; i < 3; ++i) match(count, "a", "match");
  book_->advance(Cursor{7, clock_.now(), ContainerId(HostId("h"), "a")});
  EXPECT_TRUE(told().empty());
  Remembered left;
  left.installation = "t";
  left.last_notification = 41;
  for (const Changes::Group& group : last_.groups)
    left.groups.push_back({group.rule, group.name, group.state.encode(), group.container, group.alert, group.untold});
  left.cursors = last_.cursors;
  book_.emplace(clock_, find(), is_silenced(), tried_for(), options_);
  count = rule(json);
  book_->remember(left);
  ASSERT_TRUE(book_->cursor_of(ContainerId(HostId("h"), "a")));
  EXPECT_EQ(book_->cursor_of(ContainerId(HostId("h"), "a"))->seq, 7U);
  match(count, "a", "the fourth");
  EXPECT_EQ(told(), (std::vector<Told>{{NotificationKind::fired, "the fourth", 4, 1}}));
  EXPECT_EQ(last_.out[0].notification.id, "t-42");
}

TEST_F(AlertBooks, ForgetTheQuietestGroupsWhereThereAreTooMany) {
  options_.most_groups_of_rule = 100;
  options_.most_groups = 150;
  book_.emplace(clock_, find(), is_silenced(), tried_for(), options_);
  const RulePtr a = rule(R"({"name": "a", "log": "true"})", 1);
  const RulePtr b = rule(R"({"name": "b", "log": "true"})", 2);
  for (int i = 0; i < 1000; ++i) {
    clock_.now_ += 1ms;
    match(a, "a" + std::to_string(i), "x");
    match(b, "b" + std::to_string(i), "x");
    ASSERT_LE(book_->groups(), 150U);
  }
  EXPECT_EQ(book_->evicted(), 2000U - 150U);
  EXPECT_TRUE(book_->knows(1, AlertBook::key_of({}, ContainerId(HostId("h"), "a999")).name));
  EXPECT_FALSE(book_->knows(1, AlertBook::key_of({}, ContainerId(HostId("h"), "a0")).name));
  (void)told();
  EXPECT_EQ(book_->active_alerts(), 150U) << "an alert whose group is forgotten is over";
  // In time all of them are.
  clock_.now_ += 1h;
  while (book_->pass(clock_.now(), 100)) {
  }
  EXPECT_EQ(book_->groups(), 0U);
  EXPECT_EQ(book_->active_alerts(), 0U);
}

TEST_F(AlertBooks, KeepWhatTheyRememberWhereOnlyTheWordsOfARuleChange) {
  RulePtr count = rule(R"({"name": "a", "log": "true", "count": {"over": 2, "in": "5m"}})", 1, 1);
  match(count, "a", "x");
  match(count, "a", "x");
  count = rule(R"({"name": "b", "log": "true", "count": {"over": 2, "in": "5m"}, "severity": "critical"})", 1, 2);
  match(count, "a", "third");
  EXPECT_EQ(told().size(), 1U);
  count = rule(R"({"name": "b", "log": "level == \"error\"", "count": {"over": 2, "in": "5m"}})", 1, 3);
  match(count, "a", "x");
  match(count, "a", "x");
  EXPECT_TRUE(told().empty()) << "another condition begins anew";
}

TEST_F(AlertBooks, ABatchThatAnOlderVersionLookedAtIsNothing) {
  const RulePtr old = rule(R"({"name": "a", "log": "true"})", 1, 1);
  (void)rule(R"({"name": "a", "log": "false"})", 1, 2);
  match(old, "a", "x");
  book_->drop_rule(1);
  match(old, "a", "x");
  EXPECT_TRUE(told().empty());
}

TEST_F(AlertBooks, GoOnWhenTheClockIsSetBack) {
  const RulePtr cool = rule(
      R"({"name": "a", "log": "true", "cooldown": "10m", "destinations": [1], "escalate": {"after": "5m", "destinations": [2]}})");
  match(cool, "a", "one");
  clock_.now_ += 1min;
  match(cool, "a", "two");
  EXPECT_EQ(told().size(), 1U);
  clock_.now_ -= 1h;
  book_->set_clock(clock_.now(), -1h);
  clock_.now_ += 4min + 1s;
  let_pass();
  ASSERT_EQ(told().size(), 1U) << "four minutes later it is escalated, and not an hour";
  EXPECT_EQ(last_.out[0].notification.kind, NotificationKind::escalated);
  clock_.now_ += 6min;
  match(cool, "a", "three");
  const auto rest = told();
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].count, 2U) << "the cooldown is over, too";
}

TEST_F(AlertBooks, GroupByMoreThanContainers) {
  const RulePtr by = rule(R"({"name": "a", "log": "true", "by": ["fields.tenant", "level"]})");
  const Subject whom = subject("a");
  for (const char* tenant : {"x", "y", "x", "\"],[\""}) {
    Trigger trigger;
    trigger.detail = tenant;
    book_->take(*by, AlertBook::key_of({tenant, "error"}, whom.container->id), whom, clock_.now(), 1,
                std::move(trigger));
  }
  EXPECT_EQ(told().size(), 4U);
  EXPECT_EQ(book_->active_alerts(), 3U);
  EXPECT_EQ(last_.out[1].notification.alert.group,
            (std::vector<std::pair<std::string, std::string>>{{"fields.tenant", "y"}, {"level", "error"}}));
}

TEST_F(AlertBooks, TakeNoSilenceForSilenceOfARuleThatWasNotAsked) {
  const RulePtr absent = rule(R"({"name": "a", "log": "true", "absent": "1m", "destinations": [1]})");
  match(absent, "a", "one");
  clock_.now_ += 50s;
  book_->set_aside(1, true, clock_.now());
  clock_.now_ += 10min;
  let_pass();
  EXPECT_TRUE(told().empty());
  book_->set_aside(1, false, clock_.now());
  let_pass();
  clock_.now_ += 59s;
  let_pass();
  EXPECT_TRUE(told().empty()) << "it counts from when the rule was asked again";
  clock_.now_ += 2s;
  let_pass();
  EXPECT_EQ(told().size(), 1U);
}

TEST_F(AlertBooks, LetTheAlertsOfARuleThatIsNotAskedBe) {
  const RulePtr count = rule(R"({"name": "a", "log": "true", "count": {"over": 1, "in": "1m"}, "destinations": [1]})");
  match(count, "a", "one", 2);
  EXPECT_EQ(told().size(), 1U);
  book_->set_aside(1, true, clock_.now());
  clock_.now_ += 10min;
  let_pass();
  EXPECT_EQ(book_->active_alerts(), 1U) << "nobody knows that it is over";
  book_->set_aside(1, false, clock_.now());
  let_pass();
  EXPECT_EQ(book_->active_alerts(), 0U);
  EXPECT_EQ(told().size(), 1U);
}

TEST_F(AlertBooks, SayWhichAlertALineBegan) {
  const RulePtr each = rule(R"({"name": "a", "log": "true"})");
  const Subject whom = subject("a");
  const auto take = [&] {
    return book_->take(*each, AlertBook::key_of({}, whom.container->id), whom, clock_.now(), 1, Trigger());
  };
  const AlertId began = take();
  EXPECT_GT(began, 0);
  EXPECT_EQ(take(), 0) << "it goes on";
  LineFacts line;
  line.text = std::string(1000, 'x');
  const std::size_t before = book_->bytes();
  book_->keep({{began, line}});
  EXPECT_GT(book_->bytes(), before + 1000) << "what is not written is bounded";
  EXPECT_TRUE(told().size() == 2 && last_.lines.size() == 1);
}

TEST_F(AlertBooks, Scenario13_RememberBoundedlyAHundredThousandContainersThatCameAndWent) {
  const RulePtr each = rule(R"({"name": "a", "log": "true", "destinations": [1]})");
  constexpr std::size_t many = 100'000;
  std::size_t all = 0;
  for (std::size_t i = 0; i < many; ++i) {
    const std::string id = std::to_string(i);
    match(each, id, "boom");
    const ContainerId whole = subject(id).container->id;
    book_->advance({.seq = 1, .time = clock_.now(), .container = whole});
    gone_.insert(id);
    book_->forget(whole);
    EXPECT_EQ(book_->cursor_of(whole), nullptr);
    clock_.now_ += 1ms;
    if (i % 1000 == 999) all += told().size();
    EXPECT_LE(book_->bytes(), 2UZ << 20);
  }
  EXPECT_EQ(all, many) << "each was told of";
  EXPECT_EQ(book_->groups(), options_.most_groups_of_rule);
  EXPECT_EQ(book_->active_alerts(), options_.most_groups_of_rule);
  EXPECT_EQ(book_->evicted(), many - options_.most_groups_of_rule);
  // What is over is forgotten, too.
  clock_.now_ += 10min;
  while (book_->pass(clock_.now(), 1000)) (void)told();
  EXPECT_EQ(book_->groups(), 0U);
  EXPECT_EQ(book_->active_alerts(), 0U);
}

}  // namespace
}  // namespace taffrail::alert
