#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/clock.hpp"

namespace taffrail {

/// The time by which things are too old to be kept. A clock that is set forward, by mistake or because it was wrong
/// before, makes everything old at once, and what was deleted does not come back when it is set right. So this one goes
/// on as it went, and follows such a jump when it has stood for an hour through which the clock was disciplined, or for
/// a day: things are kept so much too long then. A machine that was off or asleep jumps as well.
class AgeClock {
 public:
  /// What is no jump: clocks drift, and are set right by some seconds.
  static constexpr Duration tolerance = std::chrono::hours(1);
  /// For a jump to stand where nothing is known of the clock.
  static constexpr Duration patience = std::chrono::hours(24);
  /// Where it is disciplined. Setting a clock by hand ends that, so only a time server that is wrong for so long
  /// remains.
  static constexpr Duration disciplined_patience = std::chrono::hours(1);

  /// @param clock outlives it
  /// @param newest time of what is kept: where the clock is far ahead of it, it may have been set while nobody looked
  AgeClock(const Clock& clock, std::optional<Time> newest) : clock_(clock), ahead_(difference()) {
    if (newest && moved(*newest, tolerance) < clock_.now()) {
      jump_ = Jump{ahead_, clock_.steady_now(), clock_.steady_now()};
      ahead_ = newest->time_since_epoch() - clock_.steady_now().time_since_epoch();
    }
    known_ = ahead_;
  }

  /// Asked some times an hour at least, so that no jump is taken for drift.
  Time now() {
    const Duration ahead = difference();
    const SteadyTime at = clock_.steady_now();
    if (ahead <= known_ + tolerance) {
      // Back at once, for who thinks that it is earlier deletes nothing; and from there to where it was.
      follow(ahead);
    } else {
      if (!jump_ || ahead > jump_->to + tolerance) jump_ = Jump{ahead, at, at};
      if (!clock_.is_disciplined()) jump_->undisciplined = at;
      if (at - jump_->since >= patience || at - jump_->undisciplined >= disciplined_patience) follow(ahead);
    }
    return Time(at.time_since_epoch() + ahead_);
  }
  /// Whether the clock is ahead of this one, and waited for.
  [[nodiscard]] bool waits() const { return jump_.has_value(); }

 private:
  struct Jump {
    Duration to;               // ahead of the steady clock
    SteadyTime since;          // when it was seen
    SteadyTime undisciplined;  // when the clock last was, or the beginning
  };

  [[nodiscard]] Duration difference() const {
    return clock_.now().time_since_epoch() - clock_.steady_now().time_since_epoch();
  }
  void follow(Duration ahead) {
    ahead_ = ahead;
    known_ = std::max(known_, ahead);
    jump_.reset();
  }

  const Clock& clock_;
  Duration ahead_;  // of the steady clock
  Duration known_;  // the furthest that it was followed
  std::optional<Jump> jump_;
};

}  // namespace taffrail
