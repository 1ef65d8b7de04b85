#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/clock.hpp"

namespace taffrail {

/// The time by which things are too old to be kept. A clock that is set forward, by mistake or because it was wrong
/// before, makes everything old at once, and what was deleted does not come back when it is set right. So this one goes
/// on as it went, and follows such a jump when it has stood for `patience`: things are kept a day too long then.
class AgeClock {
 public:
  /// What is no jump: clocks drift, and are set right by some seconds.
  static constexpr Duration tolerance = std::chrono::hours(1);
  static constexpr Duration patience = std::chrono::hours(24);

  /// @param clock outlives it
  /// @param newest time of what is kept: where the clock is far ahead of it, it may have been set while nobody looked
  AgeClock(const Clock& clock, std::optional<Time> newest) : clock_(clock), ahead_(difference()) {
    if (newest && moved(*newest, tolerance) < clock_.now()) {
      ahead_ = newest->time_since_epoch() - clock_.steady_now().time_since_epoch();
      jumped_ = clock_.steady_now();
    }
    known_ = ahead_;
  }

  /// Asked some times an hour at least, so that no jump is taken for drift.
  Time now() {
    const Duration ahead = difference();
    const SteadyTime at = clock_.steady_now();
    if (ahead <= known_ + tolerance || (jumped_ && at - *jumped_ >= patience)) {
      // Back at once, for who thinks that it is earlier deletes nothing; and from there to where it was.
      ahead_ = ahead;
      known_ = std::max(known_, ahead);
      jumped_.reset();
    } else if (!jumped_) {
      jumped_ = at;
    }
    return Time(at.time_since_epoch() + ahead_);
  }
  /// Whether the clock is ahead of this one, and waited for.
  [[nodiscard]] bool waits() const { return jumped_.has_value(); }

 private:
  [[nodiscard]] Duration difference() const {
    return clock_.now().time_since_epoch() - clock_.steady_now().time_since_epoch();
  }

  const Clock& clock_;
  Duration ahead_;  // of the steady clock
  Duration known_;  // the furthest that it was followed
  std::optional<SteadyTime> jumped_;
};

}  // namespace taffrail
