#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace taffrail::logfile {

/// Reads the time that a line of a log file states: at its start (text/timestamp.hpp), or in a JSON or logfmt line in
/// one of the usual fields (time, ts, timestamp, @timestamp, t) within the first 4 KiB.
class LineTime {
 public:
  /// @param reference completes what a line leaves out (its year)
  [[nodiscard]] std::optional<Time> of(std::string_view line, Time reference);

 private:
  [[nodiscard]] Time from_local(Time local);

  // The last offset from UTC asked for, and the quarter of an hour for which it holds: the C library takes a lock.
  std::int64_t quarter_ = -1;
  Duration offset_{};
};

}  // namespace taffrail::logfile
