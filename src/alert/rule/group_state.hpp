#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "alert/rule/rule.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace taffrail::alert {

/// What a rule remembers of one of its groups, and what follows from what happens: a pure machine. Its clock is that of
/// what it is told (the times of lines, samples and events), so that what is read late, or again after a restart,
/// gives the same; it goes on by `pass` where nothing happens.
///
/// Windows are rings of buckets, a 120th of their length each: a window ends with the bucket of now, and counts the 119
/// before it. Bounded: about 1 KiB, whatever happens.
class GroupState {
 public:
  /// What to do. More than one may be true: what resolves may fire again at once.
  struct Decision {
    bool fires = false;       ///< the alert of the group begins
    bool repeats = false;     ///< it goes on, its cooldown is over, and there is more to tell
    bool resolves = false;    ///< it is over
    std::uint64_t count = 0;  ///< matches to tell of: those in the window, or since the last time something was told
    double value = 0;         ///< what was compared: the count, the factor of a spike, the aggregate
  };

  explicit GroupState(const Rule& rule);

  /// Matches of a log or event rule, at one time or close to it: those of one bucket may be given together.
  [[nodiscard]] Decision take(const Rule& rule, Time at, std::uint64_t matches);
  /// Something of the group for which `resolve` is true.
  [[nodiscard]] Decision take_resolved(const Rule& rule, Time at);
  /// A sample of a metric rule and whether the condition holds for it (with a moving window: for the aggregate).
  [[nodiscard]] Decision take_sample(const Rule& rule, Time at, bool holds);
  /// Time has gone on to `now` and nothing else happened: `absent`, `resolve` after a time, windows that empty.
  /// @param runs whether the container runs, for `absent`
  [[nodiscard]] Decision pass(const Rule& rule, Time now, bool runs);
  /// When `pass` may first have something to say; nothing: never, unless something happens.
  [[nodiscard]] std::optional<Time> due(const Rule& rule) const;

  [[nodiscard]] bool fires() const { return fires_; }
  /// The latest time it was told of: what falls idle longest is forgotten first.
  [[nodiscard]] Time touched() const { return touched_; }
  /// True when forgetting it changes nothing: it does not fire, its windows are empty, its cooldown is over.
  [[nodiscard]] bool is_idle(const Rule& rule, Time now) const;

  /// For the store. `of` gives invalid_argument for anything that `encode` of the same form of rule did not make.
  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static Result<GroupState> of(const Rule& rule, std::string_view bytes);

 private:
  bool fires_ = false;
  Time touched_;
};

}  // namespace taffrail::alert
