#pragma once

#include <algorithm>

#include "model/record.hpp"

namespace taffrail {

/// Numbers the lines of an engine's log from their times alone, so that a line has the same seq however it is reached:
/// live, paged, by file or API, after a restart. A seq is the time in ticks of 125 ns since 2020, raised by one where
/// lines share a tick or stand out of order. 2^53 ticks last until the year 2055.
///
/// The raise depends on the lines before, so a reader that starts in the middle first feeds the `warm_up_lines` before
/// its start. Eight lines a microsecond is beyond what an engine writes, so a raised run ends within them.
class Sequencer {
 public:
  static constexpr std::size_t warm_up_lines = 64;

  /// Of the next line, which states `time`.
  [[nodiscard]] Place next(Time time) {
    last_.time = std::max(last_.time, time);
    last_.seq = std::max(last_.seq + 1, first_of(time));
    return last_;
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

  Place last_{Time::min(), 0};
};

}  // namespace taffrail
