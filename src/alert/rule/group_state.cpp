#include "alert/rule/group_state.hpp"

#include <algorithm>
#include <limits>

namespace taffrail::alert {
namespace {

/// Differences of two times within these bounds (1823 to 2116) are no overflow. What a line states beyond them is the
/// bound.
constexpr Time least_time(Duration(-(std::int64_t{1} << 62) + 1));
constexpr Time greatest_time(Duration((std::int64_t{1} << 62) - 1));

Time bounded(Time at) { return std::clamp(at, least_time, greatest_time); }

bool says_when_over(const RuleSpec& spec) { return !spec.resolve_when.empty() || spec.resolve_after; }

double seconds_of(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

GroupState::Kind GroupState::kind_of(const RuleSpec& spec) {
  if (spec.type == RuleType::metric) return Kind::sample;
  if (spec.count) return Kind::count;
  if (spec.absent) return Kind::absent;
  return spec.spike ? Kind::spike : Kind::at_once;
}

GroupState::GroupState(const Rule& rule, std::optional<Time> watched_since) : kind_(kind_of(rule.spec())) {
  const RuleSpec& spec = rule.spec();
  if (kind_ == Kind::count) window_ = BucketRing<std::uint32_t, 120>(spec.count->in);
  if (kind_ == Kind::spike) {
    window_ = BucketRing<std::uint32_t, 120>(spec.spike->in);
    history_ = BucketRing<std::uint32_t, 96>(usual_time);
  }
  if (kind_ == Kind::sample && spec.hold) {
    votes_for_ = BucketRing<std::uint16_t, 120>(*spec.hold);
    votes_against_ = BucketRing<std::uint16_t, 120>(*spec.hold);
  }
  if (watched_since) {
    since_ = bounded(*watched_since);
    reach(since_);
  }
}

/// Goes on to a time, or stays where it is when that is late. @return the time within bounds
Time GroupState::reach(Time at) {
  at = bounded(at);
  if (!begun_) {
    begun_ = true;
    touched_ = since_ = began_ = told_ = held_ = sampled_ = at;
  }
  touched_ = std::max(touched_, at);
  switch (kind_) {
    case Kind::at_once:
    case Kind::absent: break;
    case Kind::spike:
      history_.advance(touched_, [](std::int64_t, std::uint32_t) {});
      window_.advance(touched_, [&](std::int64_t index, std::uint32_t count) {
        history_.add(Time(window_.width() * index), count);
      });
      break;
    case Kind::count: window_.advance(touched_, [](std::int64_t, std::uint32_t) {}); break;
    case Kind::sample: {
      const auto leaves = [&](std::uint16_t Votes::* side) {
        return [this, side](std::int64_t index, std::uint16_t count) {
          if (before_at_ && index < *before_at_) return;
          if (before_at_ != index) before_ = {};
          before_at_ = index;
          before_.*side = count;
        };
      };
      votes_for_.advance(touched_, leaves(&Votes::for_it));
      votes_against_.advance(touched_, leaves(&Votes::against));
      break;
    }
  }
  return at;
}

void GroupState::set_clock(Time now) {
  now = bounded(now);
  if (!begun_ || touched_ - now <= clock_tolerance) return;
  const Duration back = touched_ - now;
  for (Time* time : {&touched_, &since_, &began_, &told_, &held_, &sampled_}) *time = bounded(moved(*time, -back));
  if (before_at_) *before_at_ += votes_for_.index(touched_) - votes_for_.newest();
  window_.set_end(touched_);
  history_.set_end(touched_);
  votes_for_.set_end(touched_);
  votes_against_.set_end(touched_);
}

bool GroupState::is_cool(const Rule& rule) const { return !told_once_ || touched_ - told_ >= rule.cooldown(); }

void GroupState::add_untold(std::uint64_t matches) {
  untold_ += std::min(matches, std::numeric_limits<std::uint64_t>::max() - untold_);
}

Time GroupState::silent_since() const { return matched_ ? std::max(held_, since_) : since_; }

/// How many matches are usual in the length of the window, by what left it; nothing before so long was seen.
std::optional<double> GroupState::usual(const Rule& rule) const {
  const Duration in = rule.spec().spike->in;
  const Duration seen = window_.begin() - std::max(since_, history_.begin());
  if (seen < in) return std::nullopt;
  return static_cast<double>(history_.total()) * seconds_of(in) / seconds_of(seen);
}

/// Of the samples within `for`; where all must hold also of those just before, which tell how it began.
double GroupState::share(const Rule& rule) const {
  std::uint64_t for_it = votes_for_.total();
  std::uint64_t against = votes_against_.total();
  if (rule.spec().share == 1 && before_at_) {
    for_it += before_.for_it;
    against += before_.against;
  }
  return for_it + against == 0 ? 0 : static_cast<double>(for_it) / static_cast<double>(for_it + against);
}

bool GroupState::condition_holds(const Rule& rule) const {
  const RuleSpec& spec = rule.spec();
  switch (kind_) {
    case Kind::at_once: return untold_ > 0;
    case Kind::count: return window_.total() > spec.count->over;
    case Kind::spike: {
      const auto mean = usual(rule);
      const std::uint64_t count = window_.total();
      return mean && count >= std::max<std::uint64_t>(spec.spike->min, 1) &&
             static_cast<double>(count) > spec.spike->factor * *mean;
    }
    case Kind::absent: return runs_ && (matched_ || spec.absent_always) && touched_ - silent_since() >= *spec.absent;
    case Kind::sample: return holds_ && touched_ - sampled_ < no_news;
  }
  return false;
}

double GroupState::compared(const Rule& rule) const {
  switch (kind_) {
    case Kind::at_once: return static_cast<double>(untold_);
    case Kind::count: return static_cast<double>(window_.total());
    case Kind::spike: {
      // Of what never happened before, as if it had happened once.
      const double one = seconds_of(rule.spec().spike->in) / seconds_of(usual_time);
      return static_cast<double>(window_.total()) / std::max(usual(rule).value_or(0), one);
    }
    case Kind::absent: return seconds_of(touched_ - silent_since());
    case Kind::sample: return rule.spec().hold ? share(rule) : (holds_ ? 1 : 0);
  }
  return 0;
}

void GroupState::tell(const Rule& rule, Decision& decision) {
  if (!fires_) began_ = touched_;
  (fires_ ? decision.repeats : decision.fires) = true;
  decision.count = kind_ == Kind::count || kind_ == Kind::spike ? window_.total() : untold_;
  decision.value = compared(rule);
  fires_ = told_once_ = true;
  pending_ = false;
  told_ = touched_;
  untold_ = 0;
}

/// The condition holds, and something new came.
void GroupState::tell_if_due(const Rule& rule, Decision& decision) {
  if (fires_ && kind_ != Kind::at_once && rule.cooldown() == Duration(0)) return;
  if (is_cool(rule)) return tell(rule, decision);
  if (!fires_) pending_ = true;
}

void GroupState::forget_windows() {
  window_.clear();
  votes_for_.clear();
  votes_against_.clear();
  before_at_.reset();
}

void GroupState::resolve(const Rule& rule, Decision& decision) {
  decision.resolves = true;
  decision.count = kind_ == Kind::count || kind_ == Kind::spike ? window_.total() : untold_;
  decision.value = compared(rule);
  fires_ = pending_ = false;
  untold_ = 0;
  if (!says_when_over(rule.spec())) return;
  // Somebody said that it is over: what there was before it counts no more.
  forget_windows();
  holds_ = false;
  if (kind_ == Kind::absent || kind_ == Kind::sample) since_ = touched_;
}

/// What the mere time that it is does to an alert.
void GroupState::settle(const Rule& rule, Decision& decision) {
  const RuleSpec& spec = rule.spec();
  if (pending_ && !condition_holds(rule)) pending_ = false;
  if (!fires_ || !spec.resolve_when.empty()) return;
  bool over = false;
  if (spec.resolve_after) {
    over = touched_ - (kind_ == Kind::absent ? began_ : std::max(began_, held_)) >= *spec.resolve_after;
  } else if (kind_ == Kind::at_once) {
    decision.quietly = over = untold_ == 0 && touched_ - std::max(held_, told_) >= std::max(quiet, rule.cooldown());
  } else if (kind_ == Kind::sample) {
    over = touched_ - sampled_ >= no_news;
  } else {
    over = !condition_holds(rule);
  }
  if (over) resolve(rule, decision);
}

GroupState::Decision GroupState::take(const Rule& rule, Time at, std::uint64_t matches) {
  Decision decision;
  if (matches == 0) return decision;
  at = reach(at);
  if (kind_ == Kind::absent) {
    held_ = matched_ ? std::max(held_, at) : at;
    matched_ = true;
    settle(rule, decision);
    return decision;
  }
  settle(rule, decision);
  if (kind_ == Kind::at_once) {
    held_ = matched_ ? std::max(held_, at) : at;
    add_untold(matches);
  } else if (window_.add(at, matches)) {
    add_untold(matches);
  } else {
    // More was usual than was known.
    if (kind_ == Kind::spike && history_.add(at, matches)) settle(rule, decision);
    return decision;
  }
  matched_ = true;
  if (!condition_holds(rule)) return decision;
  if (kind_ != Kind::at_once) held_ = touched_;
  tell_if_due(rule, decision);
  return decision;
}

void GroupState::take_past(Time seen_since, Time now, Time at, std::uint64_t matches) {
  if (kind_ != Kind::spike) return;
  reach(now);
  since_ = std::min(since_, bounded(seen_since));
  at = bounded(at);
  if (at < window_.begin()) history_.add(at, matches);
}

GroupState::Decision GroupState::take_resolved(const Rule& rule, Time at) {
  Decision decision;
  at = reach(at);
  settle(rule, decision);
  if (fires_ && at >= held_) resolve(rule, decision);
  return decision;
}

/// Counts a sample of a rule with `for`, and says whether the condition has held that long.
void GroupState::vote(const Rule& rule, Time at, bool holds) {
  (holds ? votes_for_ : votes_against_).add(at, 1);
  const RuleSpec& spec = rule.spec();
  // Shares such as 0.8 are no exact fractions of twos.
  holds_ = touched_ - since_ >= *spec.hold && share(rule) >= spec.share - 1e-9;
}

GroupState::Decision GroupState::take_sample(const Rule& rule, Time at, bool holds) {
  Decision decision;
  const bool first = !matched_;
  matched_ = true;
  at = reach(at);
  settle(rule, decision);
  const auto& hold = rule.spec().hold;
  const bool late = !first && at < sampled_;
  if (first || at - sampled_ > std::max(longest_gap, hold.value_or(Duration(0)) / 2)) {
    forget_windows();
    since_ = at;
  }
  if (!late) sampled_ = at;
  if (hold) {
    vote(rule, at, holds);
  } else {
    if (late) return decision;
    holds_ = holds;
  }
  if (holds) add_untold(1);
  if (condition_holds(rule)) {
    held_ = touched_;
    tell_if_due(rule, decision);
  } else {
    pending_ = false;
    if (fires_ && !says_when_over(rule.spec())) resolve(rule, decision);
  }
  return decision;
}

GroupState::Decision GroupState::pass(const Rule& rule, Time now, bool runs) {
  Decision decision;
  set_clock(now);
  reach(now);
  if (kind_ == Kind::absent && runs && !runs_) since_ = touched_;
  runs_ = runs;
  if (!runs && kind_ == Kind::sample) {
    holds_ = pending_ = false;
    if (fires_ && !says_when_over(rule.spec())) resolve(rule, decision);
  }
  settle(rule, decision);
  if (decision.resolves && kind_ != Kind::at_once) return decision;
  switch (kind_) {
    case Kind::at_once:
      if (untold_ > 0 && is_cool(rule)) tell(rule, decision);
      break;
    case Kind::count:
    case Kind::spike:
      if (pending_ || (fires_ && untold_ > 0 && condition_holds(rule))) tell_if_due(rule, decision);
      break;
    case Kind::absent:
      if (condition_holds(rule)) tell_if_due(rule, decision);
      break;
    case Kind::sample:
      if (pending_) tell_if_due(rule, decision);
      break;
  }
  return decision;
}

std::optional<Time> GroupState::due(const Rule& rule) const {
  if (!begun_) return std::nullopt;
  const RuleSpec& spec = rule.spec();
  const Time cool = moved(told_, rule.cooldown());
  std::optional<Time> first;
  const auto maybe = [&](Time at) { first = first ? std::min(*first, at) : at; };
  const bool tells_again = kind_ == Kind::at_once || rule.cooldown() > Duration(0);
  if (pending_ || (kind_ == Kind::at_once && untold_ > 0)) maybe(cool);
  const bool windowed = kind_ == Kind::count || kind_ == Kind::spike;
  if (windowed && fires_ && tells_again && untold_ > 0 && condition_holds(rule)) maybe(cool);
  if (kind_ == Kind::absent && runs_ && (matched_ || spec.absent_always) && (!fires_ || tells_again)) {
    const Time holds = moved(silent_since(), *spec.absent);
    maybe(told_once_ ? std::max(holds, cool) : holds);
  }
  if (!fires_ || !spec.resolve_when.empty()) return first;
  if (spec.resolve_after) {
    maybe(moved(kind_ == Kind::absent ? began_ : std::max(began_, held_), *spec.resolve_after));
  } else if (kind_ == Kind::at_once && untold_ == 0) {
    maybe(moved(std::max(held_, told_), std::max(quiet, rule.cooldown())));
  } else if (kind_ == Kind::count) {
    maybe(window_.falls_to(spec.count->over));
  } else if (kind_ == Kind::spike && window_.total() > 0) {
    // What is usual changes when the day that it is the mean of goes on, by a bucket at a time.
    maybe(std::min(window_.falls_to(window_.total() - 1), Time(history_.width() * (history_.newest() + 1))));
  } else if (kind_ == Kind::sample) {
    maybe(moved(sampled_, no_news));
  }
  return first;
}

bool GroupState::is_idle(const Rule& rule, Time now) const {
  if (!begun_) return true;
  now = std::max(bounded(now), touched_);
  if (fires_ || pending_ || untold_ > 0 || (told_once_ && now - told_ < rule.cooldown())) return false;
  switch (kind_) {
    case Kind::at_once: return true;
    case Kind::count: return window_.total() == 0 || window_.falls_to(0) <= now;
    case Kind::spike:
      return (window_.total() == 0 || moved(window_.falls_to(0), usual_time) <= now) &&
             (history_.total() == 0 || history_.falls_to(0) <= now);
    case Kind::absent: return !matched_ && !rule.spec().absent_always;
    case Kind::sample: return !rule.spec().hold || now - sampled_ > std::max(longest_gap, *rule.spec().hold / 2);
  }
  return false;
}

}  // namespace taffrail::alert
