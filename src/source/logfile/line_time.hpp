#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "text/line_time.hpp"

namespace taffrail::logfile {

/// Reads the time that a line of a log file states (text/line_time.hpp), with this machine's zone where it states none.
class LineTime {
 public:
  /// @param reference completes what a line leaves out (its year)
  /// @param previous the time of the line before, if it is known: it tells the second hour of a night when the clocks
  ///        are put back from the first
  [[nodiscard]] std::optional<Time> of(std::string_view line, Time reference,
                                       std::optional<Time> previous = std::nullopt);

 private:
  [[nodiscard]] text::LocalOffsets offsets_at(Time local);

  // Offsets from UTC, by the quarter of an hour for which they hold: the C library takes a lock and a microsecond.
  // Several, for the times of a log may go back and forth.
  struct Known {
    std::int64_t quarter = -1;
    text::LocalOffsets offsets{};
  };
  std::array<Known, 16> known_{};
};

}  // namespace taffrail::logfile
