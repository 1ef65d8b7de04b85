#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "alert/rule/bucket_ring.hpp"
#include "alert/rule/rule.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace taffrail::alert {

/// What a rule remembers of one of its groups, and what follows from what happens: a pure machine. Its clock is that of
/// what it is told (the times of lines, samples and events), so that what is read late, or again after a restart,
/// gives the same; it goes on by `pass` where nothing happens. It is told of no time after the caller's own clock (of
/// what a host with a fast clock says, the caller takes its own time), and it is not passed on while there are lines
/// of the group that were written before and have yet to be read.
///
/// Windows are rings of buckets, a 120th of their length each: a window ends with the bucket of now, and counts the 119
/// before it. Bounded: about 1 KiB, whatever happens.
///
/// | condition | holds | alert begins | is told again | is over, unless the rule says when |
/// |---|---|---|---|---|
/// | at once | at each match | | each match, together those of one cooldown | quietly, 5 min (or the cooldown) later |
/// | count, spike | by the window, when a match comes | when it holds | each cooldown, if more matches came | when it
/// does not hold | | absent | by `pass` | when it holds | each cooldown | at a match, or when the container stops | |
/// samples | at each sample | when it holds | each cooldown, at a sample that holds | at one that does not, or when
/// none come |
///
/// An alert begins, and is told again, no sooner than a cooldown after something was told. A cooldown of nothing lets
/// everything through where each match is told, and tells once where a condition holds for a while.
class GroupState {
 public:
  /// What to do. More than one may be true: what resolves may fire again at once.
  struct Decision {
    bool fires = false;       ///< the alert of the group begins
    bool repeats = false;     ///< it goes on, its cooldown is over, and there is more to tell
    bool resolves = false;    ///< it is over
    bool quietly = false;     ///< with `resolves`: nobody is told, because the rule does not say when it is over
    std::uint64_t count = 0;  ///< matches to tell of: those in the window, or since the last time something was told
    /// What was compared: the count, how many times what is usual, seconds without a match, the share of the samples.
    double value = 0;
  };

  /// Where a rule at once does not say when its alert is over: after so long without a match, or its longer cooldown.
  static constexpr Duration quiet = std::chrono::minutes(5);
  /// An alert on samples ends when none come for so long: nobody knows any more.
  static constexpr Duration no_news = std::chrono::minutes(15);
  /// With longer gaps (or half of `for`, if that is longer) between samples, what held before them does not count.
  static constexpr Duration longest_gap = std::chrono::minutes(1);
  /// What is usual is the mean of so long a time.
  static constexpr Duration usual_time = std::chrono::days(1);
  /// A clock that goes back by less is not set back: machines differ.
  static constexpr Duration clock_tolerance = std::chrono::minutes(1);

  /// @param watched_since since when what belongs to the group would have been seen: the silence before the first
  /// match counts for `spike` and `absent`. Nothing: since the first thing that it is told of.
  explicit GroupState(const Rule& rule, std::optional<Time> watched_since = {});

  /// Matches of a log or event rule, at one time or close to it: those of one bucket may be given together. One that
  /// comes late counts where it belongs; for a window that has gone on without it, it does not.
  [[nodiscard]] Decision take(const Rule& rule, Time at, std::uint64_t matches);
  /// For `spike`: matches before the group was watched, which count for what is usual and for nothing else.
  /// @param seen_since since when all of them would have been seen @param now by the caller's clock
  void take_past(Time seen_since, Time now, Time at, std::uint64_t matches);
  /// Something of the group for which `resolve` is true. Before the last match it is late, and nothing.
  [[nodiscard]] Decision take_resolved(const Rule& rule, Time at);
  /// A sample of a metric rule and whether the condition holds for it (with a moving window: for the aggregate).
  [[nodiscard]] Decision take_sample(const Rule& rule, Time at, bool holds);
  /// Time has gone on to `now` and nothing else happened: `absent`, `resolve` after a time, windows that empty.
  /// @param now by the caller's clock @param runs whether the container runs, for `absent` and samples
  [[nodiscard]] Decision pass(const Rule& rule, Time now, bool runs);
  /// When `pass` may first have something to say; nothing: never, unless something happens.
  [[nodiscard]] std::optional<Time> due(const Rule& rule) const;
  /// The caller's clock. Where it was set back, everything that is remembered moves back with it, so that windows and
  /// cooldowns go on instead of waiting for the old time. `pass` does it too.
  void set_clock(Time now);

  [[nodiscard]] bool fires() const { return fires_; }
  /// The latest time it was told of: what falls idle longest is forgotten first.
  [[nodiscard]] Time touched() const { return touched_; }
  /// True when forgetting it changes nothing: it does not fire, its windows are empty, its cooldown is over.
  [[nodiscard]] bool is_idle(const Rule& rule, Time now) const;

  /// For the store. `of` gives invalid_argument for anything that `encode` of the same form of rule did not make.
  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static Result<GroupState> of(const Rule& rule, std::string_view bytes);

 private:
  enum class Kind : std::uint8_t { at_once, count, absent, spike, sample };
  /// Samples of one window or bucket.
  struct Votes {
    std::uint16_t for_it = 0;
    std::uint16_t against = 0;
  };

  [[nodiscard]] static Kind kind_of(const RuleSpec& spec);
  Time reach(Time at);
  void settle(const Rule& rule, Decision& decision);
  void tell_if_due(const Rule& rule, Decision& decision);
  void tell(const Rule& rule, Decision& decision);
  void resolve(const Rule& rule, Decision& decision);
  void add_untold(std::uint64_t matches);
  void vote(const Rule& rule, Time at, bool holds);
  void forget_windows();
  [[nodiscard]] bool is_cool(const Rule& rule) const;
  [[nodiscard]] bool condition_holds(const Rule& rule) const;
  [[nodiscard]] double compared(const Rule& rule) const;
  [[nodiscard]] std::optional<double> usual(const Rule& rule) const;
  [[nodiscard]] double share(const Rule& rule) const;
  [[nodiscard]] Time silent_since() const;

  Kind kind_;
  bool begun_ = false;  ///< told of a time
  bool told_once_ = false;
  bool fires_ = false;
  bool matched_ = false;  ///< there was a match, or a sample
  bool pending_ = false;  ///< the condition held when the cooldown did not let it be told
  bool holds_ = false;    ///< the condition at the newest sample
  bool runs_ = true;
  Time touched_;              ///< now
  Time since_;                ///< since when it is watched, runs, or has samples without a gap
  Time began_;                ///< the alert
  Time told_;                 ///< when something was told last
  Time held_;                 ///< the last match, and where there is more to a condition, when it held last
  Time sampled_;              ///< the newest sample
  std::uint64_t untold_ = 0;  ///< matches since something was told
  BucketRing<std::uint32_t, 120> window_;
  BucketRing<std::uint32_t, 96> history_;  ///< what has left the window within usual_time
  BucketRing<std::uint16_t, 120> votes_for_;
  BucketRing<std::uint16_t, 120> votes_against_;
  std::optional<std::int64_t> before_at_;  ///< the newest bucket of votes that has left
  Votes before_;
};

}  // namespace taffrail::alert
