#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "source/logfile/log_file.hpp"
#include "source/logfile/placer.hpp"

namespace taffrail::logfile {

/// A stretch of a file that begins at a row, and what is known of it.
struct Block {
  std::uint64_t begin = 0;
  LogState before;              ///< of the rows that begin here
  Time least = Time::max();     ///< the earliest time that one of its lines states
  Time greatest = Time::min();  ///< and the latest
  std::uint32_t lines = 0;
  bool exact = true;           ///< false: only the time of its first row was looked at, which is `least` and `greatest`
  bool begins_exactly = true;  ///< whether `before` is exact; else it is what the first rows of the blocks before tell
};

/// What decoding any stretch of one file (a generation of a log) needs to know of all that stands before it: the file
/// is cut into blocks (IndexSizes), each with the state before it and the range of its times. Built by one pass over
/// the times, extended as the file grows.
///
/// Of a file that is large when it is first seen only the end is gone through at once. Of what is before, the time of
/// one row now and then is read: that finds places by time and, with a short run-up, gives the same names
/// and places as a pass over everything, unless a clock was ahead for less than that stretch, long ago and so far that
/// lines here still stand behind it. Such a block becomes exact when it is read.
///
/// Blocking, for workers; guarded by its owner.
class GenerationIndex {
 public:
  explicit GenerationIndex(const LogOptions& options) : options_(&options) {}

  /// The state before the file's first row. May be called again as long as nothing was indexed.
  void begin(LogState entering);
  [[nodiscard]] bool begun() const { return begun_; }
  [[nodiscard]] bool empty() const { return end_offset_ == 0; }
  /// Forgets the blocks; the state before the file stays known.
  void drop_blocks();
  /// Takes in what is there up to `to`, whole rows only; of that the last `exact` bytes are gone through.
  Result<> extend(LogFile& file, const Ground& ground, std::uint64_t to, std::uint64_t exact);
  /// Goes through the block at `i`, which may become several.
  Result<> make_exact(LogFile& file, const Ground& ground, std::size_t i);

  [[nodiscard]] const std::vector<Block>& blocks() const { return blocks_; }
  /// Where a block ends.
  [[nodiscard]] std::uint64_t end_of(std::size_t i) const;
  /// The state behind a block; of the last one, at the end of what was indexed.
  [[nodiscard]] const LogState& state_behind(std::size_t i) const;
  [[nodiscard]] const LogState& entering() const { return entering_; }
  [[nodiscard]] std::uint64_t end_offset() const { return end_offset_; }
  [[nodiscard]] const LogState& end_state() const { return end_state_; }
  /// The times that lines of the block may state: exactly, or what its neighbours suggest and a little more.
  struct Range {
    Time least;
    Time greatest;
  };
  [[nodiscard]] Range range(std::size_t i) const;
  [[nodiscard]] std::size_t memory() const;

 private:
  struct Scanned {
    std::uint64_t offset = 0;  // where the next row begins
    LogState state;
  };
  Result<Scanned> scan(LogFile& file, const Ground& ground, std::uint64_t from, std::uint64_t to, LogState state,
                       std::vector<Block>* blocks) const;
  Result<Scanned> run_up(LogFile& file, const Ground& ground, std::uint64_t lowest, std::uint64_t to,
                         LogState estimate) const;
  Result<std::optional<std::uint64_t>> next_row(LogFile& file, const Ground& ground, std::uint64_t at,
                                                std::uint64_t limit) const;
  Result<std::optional<Time>> first_time(LogFile& file, const Ground& ground, std::uint64_t row) const;
  void note_sample(LogState& state, const Ground& ground, std::uint64_t row, Time time) const;
  Result<> sample(LogFile& file, const Ground& ground, std::uint64_t to);

  const LogOptions* options_;
  LogState entering_;
  bool begun_ = false;
  std::vector<Block> blocks_;
  std::uint64_t end_offset_ = 0;
  LogState end_state_;
};

/// Feeds rows to a decoder, ending a line wherever one was taken to be whole. `from` is the chunk's offset.
void feed_rows(LineDecoder& decoder, const Ground& ground, std::uint64_t from, std::string_view chunk,
               text::LineSink sink);

}  // namespace taffrail::logfile
