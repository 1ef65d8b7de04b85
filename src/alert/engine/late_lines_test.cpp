// Lines that are read late beside the same lines as they were written: a book that was not there, and learns of them
// in one go, says the same of them as one that was.

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "alert/engine/alert_book.hpp"
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

/// A book that watches some containers since a time.
class Books {
 public:
  Books(RulePtr rule, Time since, bool is_behind) : rule_(std::move(rule)), since_(since), is_behind_(is_behind) {
    clock_.now_ = since;
    book_.set_rule(rule_);
  }

  /// Time goes on, with everything that is due on the way.
  void pass_until(Time until) {
    while (const auto due = book_.next_due()) {
      if (*due > until) break;
      clock_.now_ = std::max(clock_.now_, *due);
      (void)book_.pass(clock_.now_, 1);
      collect();
    }
    clock_.now_ = until;
  }
  /// A second of the clock, which is not that of the lines.
  void tick() {
    clock_.now_ += 1s;
    (void)book_.pass(clock_.now_, 100);
    collect();
  }
  void take(std::size_t container, Time at, const std::string& text) {
    const Subject whom = subject("c" + std::to_string(container));
    Trigger trigger;
    trigger.detail = text;
    book_.take(*rule_, AlertBook::key_of({}, whom.container->id), whom, at, 1, std::move(trigger));
    collect();
  }
  void catch_up() { is_behind_ = false; }

  /// What began, with what, and how often it had matched.
  using Fired = std::tuple<std::string, std::string, std::uint64_t>;
  std::vector<Fired> fired;
  std::size_t repeated = 0;

 private:
  Subject subject(const std::string& id) const {
    Container container;
    container.id = ContainerId(HostId("h"), id);
    container.host = HostId("h");
    container.state = ContainerState::running;
    return {std::make_shared<const Container>(std::move(container)), "host", since_, is_behind_};
  }
  void collect() {
    for (const Changes::Out& out : book_.take_changes().out) {
      const Notification& told = out.notification;
      if (told.kind == NotificationKind::fired)
        fired.emplace_back(told.container->id.str(), told.detail, told.alert.count);
      repeated += told.kind == NotificationKind::repeated ? 1 : 0;
    }
  }

  RulePtr rule_;
  Time since_;
  bool is_behind_;
  HandClock clock_;
  AlertBook book_{clock_, [this](const ContainerId& id) -> std::optional<Subject> { return subject(id.str()); },
                  [](const Notification&) { return false; }, [](DestinationId) { return std::nullopt; },
                  AlertBook::Options{.burst = 1'000'000, .public_url = {}}};
};

RulePtr rule(const std::string& json) {
  auto spec = rule_of_json(json);
  if (!spec) throw std::runtime_error(spec.error().detail);
  auto made = Rule::compile(1, 1, std::move(*spec));
  if (!made) throw std::runtime_error("it does not compile");
  return *made;
}

TEST(LateLines, AreJudgedAsIfSomebodyHadBeenThere) {
  std::size_t fired = 0;
  for (const char* json : {R"({"name": "r", "log": "true", "count": {"over": 3, "in": "1m"}})",
                           R"({"name": "r", "log": "true", "count": {"over": 5, "in": "20m"}})",
                           R"({"name": "r", "log": "true"})", R"({"name": "r", "log": "true", "cooldown": "10m"})",
                           R"({"name": "r", "log": "true", "count": {"over": 2, "in": "2m"}, "resolve": "5m"})"})
    for (unsigned seed = 0; seed < 40; ++seed) {
      std::mt19937 random(seed);
      const RulePtr same = rule(json);
      Books there(same, start, false);
      // It comes an hour later, when all has been said.
      const Time came = start + 1h;
      Books late(same, came, true);
      Time at = start;
      for (int i = 0; i < 200; ++i) {
        at += random() % 3 == 0 ? Duration(std::chrono::seconds(random() % 120))
                                : Duration(std::chrono::milliseconds(random() % 9000));
        if (at >= came) break;
        const std::size_t container = random() % 3;
        const std::string text = "line " + std::to_string(i);
        there.pass_until(at);
        there.take(container, at, text);
        late.take(container, at, text);
        if (random() % 4 == 0) late.tick();
      }
      ASSERT_EQ(late.fired, there.fired) << json << " seed " << seed;
      fired += there.fired.size();
      // From then on time means the same to it as to everybody.
      late.catch_up();
      there.pass_until(came + 1h);
      late.pass_until(came + 1h);
      ASSERT_EQ(late.fired, there.fired) << json << " seed " << seed;
      late.take(0, came + 1h, "later");
      there.take(0, came + 1h, "later");
      ASSERT_EQ(late.fired, there.fired) << json << " seed " << seed;
    }
  EXPECT_GT(fired, 1000U);
}

}  // namespace
}  // namespace taffrail::alert
