#pragma once

#include <algorithm>

#include "model/record.hpp"

namespace taffrail {

/// The time of a line's place: the latest that its log has stated so far, so that it rises in the order of the log,
/// whatever clocks do. One line that states a time more than a year ahead does not push all behind it there: such a
/// time is taken up when the next one that the log states is as far ahead, too.
class RunningTime {
 public:
  static constexpr Duration far_ahead = std::chrono::days(365);

  /// With the next time that the log states.
  Time next(Time stated) {
    const bool far = value_ != Time::min() && stated > moved(value_, far_ahead);
    if (!far || far_before_) value_ = std::max(value_, stated);
    far_before_ = far && !far_before_;
    return value_;
  }
  [[nodiscard]] Time value() const { return value_; }
  /// No earlier than this from now on.
  void raise(Time time) { value_ = std::max(value_, time); }

 private:
  Time value_ = Time::min();
  bool far_before_ = false;  // the last time stated was too far ahead
};

/// Numbers the lines of an engine's log from their times alone, so that a line has the same seq however it is reached:
/// live, paged, by file or API, after a restart. A seq is the time of the line's place in ticks of 125 ns since 2020,
/// raised by one where lines share a tick or stand back. 2^53 ticks last until the year 2055.
///
/// The raise depends on the lines before, which the index of a log file knows (source/logfile). Who cannot know them
/// (a reader of the engine's API that starts in the middle) feeds the `warm_up_lines` before its start: eight lines a
/// microsecond is beyond what an engine writes, so a raised run ends within them unless the clock was set back.
///
/// A value: a copy goes on from the same line.
class Sequencer {
 public:
  static constexpr std::size_t warm_up_lines = 64;

  /// Of the next line, which states `time`.
  Place next(Time time) {
    last_.time = running_.next(time);
    last_.seq = std::max(last_.seq + 1, first_of(last_.time));
    return last_;
  }
  /// Of the next line, which is named otherwise (by its place in a file) and states `time`.
  Place next(Time time, Seq seq) {
    const Place place{running_.next(time), seq};
    last_ = place;
    return place;
  }
  /// Of the next line, which is named otherwise and states no time.
  Place next(Seq seq) {
    const Place place{running_.value(), seq};
    last_ = place;
    return place;
  }
  /// Of the line before.
  [[nodiscard]] const Place& last() const { return last_; }
  /// Lines from here on stand behind this place.
  void raise(const Place& place) {
    running_.raise(place.time);
    last_.time = std::max(last_.time, place.time);
    last_.seq = std::max(last_.seq, place.seq);
  }

  /// The lowest seq that a line of this time can have. Times before 2020 have 1; those after `last_time` its ticks, so
  /// that there is room left to raise.
  [[nodiscard]] static Seq first_of(Time time) {
    if (time <= epoch) return 1;
    return std::max<Seq>(1, static_cast<Seq>((std::min(time, last_time) - epoch).count() / 125));
  }

 private:
  static constexpr Time epoch{std::chrono::sys_days(std::chrono::year(2020) / 1 / 1)};
  static constexpr Time last_time{std::chrono::sys_days(std::chrono::year(2055) / 1 / 1)};

  RunningTime running_;
  Place last_{Time::min(), 0};
};

}  // namespace taffrail
