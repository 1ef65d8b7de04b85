#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "model/record.hpp"
#include "source/logfile/line_decoder.hpp"
#include "source/logfile/line_time.hpp"
#include "source/sequencer.hpp"
#include "text/line_sink.hpp"

namespace taffrail::logfile {

/// All that the names, places and times of the lines from one row of a log on depend on.
struct LogState {
  Sequencer sequencer;
  std::optional<Time> stated;             ///< of a plain file: the last time that it stated
  std::shared_ptr<const OpenLines> open;  ///< lines of which a part came before; null: none
};

/// From which offset on lines that state no time, and stand before the first one that does, are of which time.
struct Mark {
  std::uint64_t from = 0;
  Time time;
};

/// What placing the lines of a generation needs beside the lines and the state before them.
struct Ground {
  Seq base = 0;    ///< of a plain file: the seq of its first byte, less one
  Time reference;  ///< completes a time that states no year
  Encoding encoding{};
  std::shared_ptr<const std::vector<Mark>> marks;
  /// Where a last line without a newline was taken to be whole, and what came later is a line of its own.
  std::shared_ptr<const std::vector<std::uint64_t>> splits;
};

struct Placed {
  Place place;
  Time time;  ///< what the line states
};

/// Gives the lines of a log their places, one after the other.
class Placer {
 public:
  Placer(LogFormat format, LogState state) : state_(std::move(state)), plain_(format == LogFormat::plain) {}

  /// The lines that follow are of this generation.
  void set_ground(Ground ground) { ground_ = std::move(ground); }
  [[nodiscard]] const Ground& ground() const { return ground_; }
  void set_state(LogState state) { state_ = std::move(state); }
  /// Without its open lines, which are the decoder's to know.
  [[nodiscard]] const LogState& state() const { return state_; }

  Placed next(const text::Line& line);

 private:
  [[nodiscard]] Time mark_at(std::uint64_t offset) const;

  LogState state_;
  Ground ground_;
  LineTime line_time_;
  bool plain_;
};

}  // namespace taffrail::logfile
