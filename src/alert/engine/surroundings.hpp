#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "alert/notification.hpp"
#include "base/clock.hpp"
#include "model/record.hpp"

namespace taffrail::alert {

/// A line that is kept with an alert.
struct KeptLine {
  AlertId alert = 0;
  LineFacts line;
};

/// The lines around those with which alerts of one container begin: what was read last is at hand, and who waits for
/// lines to come gets them as they are read. Beside the line itself an alert keeps at most `around` lines on each side,
/// of at most `longest_line` bytes, which is below 64 KiB together.
class Surroundings {
 public:
  static constexpr std::size_t around = 10;
  static constexpr std::size_t longest_line = 2UZ * 1024;
  /// Alerts that wait for lines at a time, and that begin to in a minute: of a storm the first ones tell enough.
  static constexpr std::size_t most_waiting = 32;
  static constexpr std::uint32_t most_a_minute = 60;

  /// Lines before an alert's own that were not read while somebody looked.
  struct Missing {
    AlertId alert = 0;
    Cursor before;  ///< the first line that is known
    std::size_t lines = 0;
  };
  struct Found {
    std::vector<KeptLine> lines;
    std::vector<Missing> missing;
  };

  /// An alert has begun with a line of the batch that `take` is given next. What is too much is left out.
  void begin(AlertId alert, Seq seq, SteadyTime now);
  /// Whether somebody waits for lines.
  [[nodiscard]] bool is_awaited() const { return !waiting_.empty(); }
  /// Goes through the next batch, in the order of the log. For a worker; one call at a time.
  [[nodiscard]] Found take(const Batch& batch);

 private:
  struct Waiting {
    AlertId alert = 0;
    Seq seq = 0;  // of its own line
    bool is_new = true;
    std::size_t left = around;
  };
  void remember(const Batch& batch);

  std::deque<LineFacts> recent_;  // before the next batch, oldest first
  std::vector<Waiting> waiting_;
  SteadyTime minute_began_;
  std::uint32_t begun_ = 0;  // in this minute
};

/// A line as it stands around another one.
[[nodiscard]] LineFacts neighbour(const Batch& batch, const Record& record);

}  // namespace taffrail::alert
