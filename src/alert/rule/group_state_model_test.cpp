// GroupState beside a model that keeps all that ever happened in lists and asks the definitions themselves.

#include <gtest/gtest.h>

#include <fmt/format.h>
#include <random>

#include "alert/rule/group_state.hpp"
#include "base/time_format.hpp"

namespace taffrail::alert {
namespace {

using namespace std::chrono_literals;
using Decision = GroupState::Decision;

struct Match {
  Time at;
  std::uint64_t n = 1;
};
struct Sample {
  Time at;
  bool holds = false;
};

/// What is remembered, as lists.
class Model {
 public:
  explicit Model(const Rule& rule) : rule_(rule), spec_(rule.spec()) {}

  Decision take(Time at, std::uint64_t n) {
    Decision d;
    go(at);
    if (spec_.absent) {
      matches_.push_back({at, n});
      settle(d);
      return d;
    }
    settle(d);
    matches_.push_back({at, n});
    const bool counts = !windowed() || index(at) > index(now_) - 120;
    if (!counts) {
      if (!d.resolves) settle(d);
      return d;
    }
    untold_ += n;
    if (!condition()) return d;
    if (windowed()) held_ = now_;
    found(d);
    return d;
  }

  Decision take_resolved(Time at) {
    Decision d;
    go(at);
    settle(d);
    if (fires_ && at >= held()) resolve(d);
    return d;
  }

  Decision take_sample(Time at, bool holds) {
    Decision d;
    go(at);
    settle(d);
    const bool late = newest_ && at < *newest_;
    const Duration gap = std::max<Duration>(1min, spec_.hold.value_or(0s) / 2);
    if (!newest_ || at - *newest_ > gap) {
      samples_.clear();
      since_ = at;
    }
    if (!late) newest_ = at;
    if (late && !spec_.hold) return d;
    if (!spec_.hold || index(at) > index(now_) - 120) samples_.push_back({at, holds});
    if (holds) ++untold_;
    answer_ = spec_.hold ? held_long_enough() : holds;
    if (condition()) {
      held_ = now_;
      found(d);
    } else {
      pending_ = false;
      if (fires_ && by_condition()) resolve(d);
    }
    return d;
  }

  Decision pass(Time now, bool runs) {
    Decision d;
    set_clock(now);
    go(now);
    if (spec_.absent && runs && !runs_) since_ = now_;
    runs_ = runs;
    if (!runs && is_metric()) {
      answer_ = pending_ = false;
      if (fires_ && by_condition()) resolve(d);
    }
    settle(d);
    if (d.resolves && (windowed() || spec_.absent || is_metric())) return d;
    const bool at_once = !windowed() && !spec_.absent && !is_metric();
    if (at_once && untold_ > 0 && cool()) tell(d);
    if (windowed() && (pending_ || (fires_ && untold_ > 0)) && condition()) found(d);
    if (spec_.absent && condition()) found(d);
    if (is_metric() && pending_) found(d);
    return d;
  }

  void set_clock(Time now) {
    if (!begun_ || now_ - now <= 1min) return;
    const Duration back = now_ - now;
    for (Match& m : matches_) m.at -= back;
    for (Sample& s : samples_) s.at -= back;
    for (std::optional<Time>* t : {&told_, &newest_})
      if (*t) **t -= back;
    for (Time* t : {&now_, &since_, &began_, &held_}) *t -= back;
  }

  [[nodiscard]] Time now() const { return now_; }
  [[nodiscard]] bool begun() const { return begun_; }

 private:
  [[nodiscard]] bool is_metric() const { return spec_.type == RuleType::metric; }
  [[nodiscard]] bool windowed() const { return spec_.count || spec_.spike; }
  [[nodiscard]] bool by_condition() const { return spec_.resolve_when.empty() && !spec_.resolve_after; }
  [[nodiscard]] Duration length() const {
    return spec_.count ? spec_.count->in : spec_.spike ? spec_.spike->in : *spec_.hold;
  }
  static std::int64_t floor_of(Time at, Duration width) {
    return std::chrono::floor<Duration>(at).time_since_epoch().count() >= 0
               ? at.time_since_epoch() / width
               : -((-at.time_since_epoch() + width - Duration(1)) / width);
  }
  [[nodiscard]] std::int64_t index(Time at) const { return floor_of(at, length() / 120); }

  void go(Time at) {
    if (!begun_) now_ = since_ = began_ = held_ = at;
    begun_ = true;
    now_ = std::max(now_, at);
  }
  [[nodiscard]] bool cool() const { return !told_ || now_ - *told_ >= rule_.cooldown(); }
  [[nodiscard]] std::uint64_t in_window() const {
    std::uint64_t count = 0;
    for (const Match& m : matches_)
      if (index(m.at) > index(now_) - 120) count += m.n;
    return count;
  }
  [[nodiscard]] std::optional<double> usual() const {
    const Duration w = length() / 120;
    const Time window_begin = Time(w * (index(now_) - 119));
    const std::int64_t day_begin = floor_of(now_, 15min) - 95;
    const Time begin = std::max(since_, Time(15min * day_begin));
    if (window_begin - begin < length()) return std::nullopt;
    std::uint64_t before = 0;
    for (const Match& m : matches_)
      if (index(m.at) <= index(now_) - 120 && floor_of(Time(w * index(m.at)), 15min) >= day_begin) before += m.n;
    return static_cast<double>(before) * std::chrono::duration<double>(length()).count() /
           std::chrono::duration<double>(window_begin - begin).count();
  }
  [[nodiscard]] Time held() const {
    if (windowed() || is_metric()) return held_;
    Time last = Time::min();
    for (const Match& m : matches_) last = std::max(last, m.at);
    return matches_.empty() ? now_ : last;
  }
  [[nodiscard]] Time silent_since() const { return matches_.empty() ? since_ : std::max(held(), since_); }
  [[nodiscard]] bool condition() const {
    if (spec_.count) return in_window() > spec_.count->over;
    if (spec_.spike) {
      const auto mean = usual();
      return mean && in_window() >= std::max<std::uint64_t>(1, spec_.spike->min) &&
             static_cast<double>(in_window()) > spec_.spike->factor * *mean;
    }
    if (spec_.absent)
      return runs_ && (!matches_.empty() || spec_.absent_always) && now_ - silent_since() >= *spec_.absent;
    if (is_metric()) return answer_ && newest_ && now_ - *newest_ < 15min;
    return untold_ > 0;
  }
  [[nodiscard]] double share() const {
    std::int64_t before = std::numeric_limits<std::int64_t>::min();
    for (const Sample& s : samples_)
      if (index(s.at) <= index(now_) - 120) before = std::max(before, index(s.at));
    double all = 0;
    double holding = 0;
    for (const Sample& s : samples_) {
      if (index(s.at) <= index(now_) - 120 && (spec_.share != 1 || index(s.at) != before)) continue;
      all += 1;
      holding += s.holds ? 1 : 0;
    }
    return all == 0 ? 0 : holding / all;
  }
  [[nodiscard]] bool held_long_enough() const { return now_ - since_ >= *spec_.hold && share() >= spec_.share - 1e-9; }
  [[nodiscard]] double compared() const {
    if (spec_.count) return static_cast<double>(in_window());
    if (spec_.spike)
      return static_cast<double>(in_window()) /
             std::max(usual().value_or(0), std::chrono::duration<double>(length()).count() / 86400);
    if (spec_.absent) return std::chrono::duration<double>(now_ - silent_since()).count();
    if (is_metric()) return spec_.hold ? share() : (answer_ ? 1 : 0);
    return static_cast<double>(untold_);
  }

  void found(Decision& d) {
    const bool at_once = !windowed() && !spec_.absent && !is_metric();
    if (fires_ && !at_once && rule_.cooldown() == 0s) return;
    if (cool()) return tell(d);
    if (!fires_) pending_ = true;
  }
  void tell(Decision& d) {
    if (!fires_) began_ = now_;
    (fires_ ? d.repeats : d.fires) = true;
    d.count = windowed() ? in_window() : untold_;
    d.value = compared();
    fires_ = true;
    pending_ = false;
    told_ = now_;
    untold_ = 0;
  }
  void resolve(Decision& d) {
    d.resolves = true;
    d.count = windowed() ? in_window() : untold_;
    d.value = compared();
    fires_ = pending_ = false;
    untold_ = 0;
    if (by_condition()) return;
    if (windowed()) std::erase_if(matches_, [&](const Match& m) { return index(m.at) > index(now_) - 120; });
    samples_.clear();
    answer_ = false;
    if (spec_.absent || is_metric()) since_ = now_;
  }
  void settle(Decision& d) {
    if (pending_ && !condition()) pending_ = false;
    if (!fires_ || !spec_.resolve_when.empty()) return;
    bool over = false;
    if (spec_.resolve_after)
      over = now_ - (spec_.absent ? began_ : std::max(began_, held())) >= *spec_.resolve_after;
    else if (is_metric())
      over = newest_ && now_ - *newest_ >= 15min;
    else if (windowed() || spec_.absent)
      over = !condition();
    else
      d.quietly = over = untold_ == 0 && now_ - std::max(held(), *told_) >= std::max<Duration>(5min, rule_.cooldown());
    if (over) resolve(d);
  }

  const Rule& rule_;
  const RuleSpec& spec_;
  std::vector<Match> matches_;
  std::vector<Sample> samples_;
  bool begun_ = false;
  bool fires_ = false;
  bool pending_ = false;
  bool answer_ = false;
  bool runs_ = true;
  Time now_;
  Time since_;
  Time began_;
  Time held_;
  std::optional<Time> told_;
  std::optional<Time> newest_;
  std::uint64_t untold_ = 0;
};

class Rounds {
 public:
  explicit Rounds(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  Duration any_of(std::initializer_list<Duration> list) { return list.begin()[below(list.size())]; }

  /// A rule of any kind, with lengths whose 120th divides a quarter of an hour, so that a clock set back by quarters
  /// moves what is remembered by whole buckets.
  RulePtr rule() {
    RuleSpec spec;
    spec.name = "n";
    spec.condition = "true";
    const Duration length = any_of({120ms, 12s, 2min, 6min, 10min, 1h, 2h});
    switch (below(6)) {
      case 0: break;
      case 1: spec.count = {.over = below(6), .in = length}; break;
      case 2:
        spec.absent = length;
        spec.absent_always = one_in(2);
        break;
      case 3:
        spec.spike = {
            .factor = 1 + static_cast<double>(below(30)) / 10, .in = std::max<Duration>(length, 12s), .min = below(5)};
        break;
      default:
        spec.type = RuleType::metric;
        if (!one_in(3)) spec.hold = length;
        if (spec.hold && one_in(2)) spec.share = static_cast<double>(1 + below(99)) / 100;
    }
    if (!one_in(3)) spec.cooldown = any_of({0s, 1s, 30s, 5min, 1h});
    if (one_in(4))
      spec.resolve_after = any_of({1s, 1min, 10min, 2h});
    else if (one_in(4))
      spec.resolve_when = "false";
    auto made = Rule::compile(1, 1, std::move(spec));
    EXPECT_TRUE(made);
    return *made;
  }

  Duration step() {
    switch (below(12)) {
      case 0: return Duration(below(2));
      case 1: return Duration(below(1'000'000'000));
      case 2: return std::chrono::minutes(below(30));
      case 3: return one_in(10) ? std::chrono::hours(below(40)) : std::chrono::seconds(below(100));
      default: return Duration(below(12'000'000'000));
    }
  }

 private:
  std::mt19937_64 random_;
};

bool same(const Decision& a, const Decision& b) {
  return a.fires == b.fires && a.repeats == b.repeats && a.resolves == b.resolves && a.quietly == b.quietly &&
         a.count == b.count && std::abs(a.value - b.value) <= 1e-9 * std::max(1.0, std::abs(b.value));
}

std::string text(const Decision& d) {
  return fmt::format("fires {} repeats {} resolves {} quietly {} count {} value {}", d.fires, d.repeats, d.resolves,
                     d.quietly, d.count, d.value);
}

TEST(GroupStates, DecideAsAModelThatKeepsEverything) {
  std::map<std::string, std::size_t> seen;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    Rounds rounds(seed);
    const RulePtr rule = rounds.rule();
    GroupState state(*rule);
    Model model(*rule);
    const bool metric = rule->spec().type == RuleType::metric;
    Time now = *parse_rfc3339("2026-11-26T10:00:00.123456789Z");
    std::string told;
    for (int i = 0; i < 60; ++i) {
      now += rounds.step();
      if (rounds.one_in(40) && model.begun()) {
        now = model.now() - 15min * static_cast<int>(1 + rounds.below(20));
        state.set_clock(now);
        model.set_clock(now);
      }
      // Some things are told of late.
      const Time at = rounds.one_in(5) ? now - rounds.step() : now;
      Decision is;
      Decision should;
      const std::uint64_t what = rounds.below(10);
      if (what == 0) {
        const bool runs = !rounds.one_in(4);
        is = state.pass(*rule, now, runs);
        should = model.pass(now, runs);
      } else if (what == 1) {
        is = state.take_resolved(*rule, at);
        should = model.take_resolved(at);
      } else if (metric) {
        const bool holds = !rounds.one_in(6);
        is = state.take_sample(*rule, at, holds);
        should = model.take_sample(at, holds);
      } else {
        const std::uint64_t n = 1 + rounds.below(3);
        is = state.take(*rule, at, n);
        should = model.take(at, n);
      }
      told += fmt::format("{} {} at {}: {}\n", i, what, to_rfc3339(at), text(is));
      ASSERT_TRUE(same(is, should)) << "seed " << seed << " " << to_json(rule->spec()) << "\n"
                                    << told << "should " << text(should);
      seen["fires"] += is.fires ? 1 : 0;
      seen["repeats"] += is.repeats ? 1 : 0;
      seen["resolves"] += is.resolves ? 1 : 0;
      seen["quietly"] += is.quietly ? 1 : 0;
      seen["both"] += is.fires && is.resolves ? 1 : 0;
      // Nothing is to be said before it is due, and what is encoded goes on in the same way.
      const auto due = state.due(*rule);
      const std::string bytes = state.encode();
      ASSERT_LE(bytes.size(), 1200U);
      auto copy = GroupState::of(*rule, bytes);
      ASSERT_TRUE(copy) << copy.error().detail << "\n" << told;
      const Time early = due ? std::min(*due - Duration(1), now + 20h) : now + 20h;
      if (early > state.touched()) {
        const Decision nothing = copy->pass(*rule, early, true);
        // Whether the container runs is news by itself.
        if (!rule->spec().absent)
          ASSERT_TRUE(same(nothing, Decision{})) << "seed " << seed << " " << to_json(rule->spec()) << "\n"
                                                 << told << to_rfc3339(early) << " " << text(nothing);
      }
      if (rounds.one_in(3)) state = *GroupState::of(*rule, bytes);
      // Whoever passes when it is due gets on.
      if (due) {
        const Time passed = std::max(*due, state.touched());
        (void)copy->pass(*rule, passed, true);
        const auto next = copy->due(*rule);
        ASSERT_TRUE(!next || *next > passed) << "seed " << seed << " " << to_json(rule->spec()) << "\n" << told;
      }
    }
  }
  for (const auto& [what, count] : seen) EXPECT_GT(count, 500U) << what;
}

TEST(GroupStates, MayBeForgottenWhenTheyAreIdle) {
  std::size_t forgotten = 0;
  for (std::uint64_t seed = 0; seed < 1500; ++seed) {
    Rounds rounds(seed);
    const RulePtr rule = rounds.rule();
    Time now = *parse_rfc3339("2026-11-26T10:00:00Z");
    const Time since = now;
    GroupState state(*rule, since);
    GroupState kept(*rule, since);
    for (int i = 0; i < 100; ++i) {
      now += rounds.step();
      if (state.is_idle(*rule, now)) {
        state = GroupState(*rule, since);
        ++forgotten;
      }
      Decision is;
      Decision should;
      if (rounds.one_in(6)) {
        const bool runs = !rounds.one_in(4);
        is = state.pass(*rule, now, runs);
        should = kept.pass(*rule, now, runs);
      } else if (rule->spec().type == RuleType::metric) {
        const bool holds = rounds.one_in(4);
        is = state.take_sample(*rule, now, holds);
        should = kept.take_sample(*rule, now, holds);
      } else {
        is = state.take(*rule, now, 1);
        should = kept.take(*rule, now, 1);
      }
      ASSERT_TRUE(same(is, should)) << "seed " << seed << " " << i << " " << to_json(rule->spec()) << "\n"
                                    << text(is) << "\n"
                                    << text(should);
    }
  }
  EXPECT_GT(forgotten, 5000U);
}

}  // namespace
}  // namespace taffrail::alert
