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

  [[nodiscard]] Seq next(Time time) { return last_ = std::max(last_ + 1, first_of(time)); }

  /// The lowest seq that a line of this time can have.
  [[nodiscard]] static Seq first_of(Time time) {
    constexpr auto epoch = std::chrono::sys_days(std::chrono::year(2020) / 1 / 1);
    const auto since = time - Time(epoch);
    return since.count() <= 0 ? 1 : static_cast<Seq>(since.count() / 125);
  }

 private:
  Seq last_ = 0;
};

}  // namespace taffrail
