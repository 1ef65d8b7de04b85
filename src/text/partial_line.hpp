#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "text/line_sink.hpp"

namespace taffrail::text {

/// A line that is still being put together from its parts: time and place of the first, bytes of all up to a bound.
/// The buffer is kept between lines; after a rare huge one it is given back.
class PartialLine {
 public:
  explicit PartialLine(std::size_t bound = max_line_bytes) : bound_(bound) {}

  /// Whether a first part has come.
  [[nodiscard]] bool open() const { return open_; }
  /// Adds a part. `time` and `begin` count for the first one only.
  void append(std::string_view part, Time time, std::uint64_t begin);
  /// Bytes were lost behind what is held: marks the line truncated and drops what is appended from here on.
  void mark_truncated() { truncated_ = true; }
  /// The line so far; its bytes live until the next call here.
  [[nodiscard]] Line line(StdStream stream, std::uint64_t end) const;
  /// Ready for the next line.
  void clear();

 private:
  std::size_t bound_;
  std::string bytes_;
  Time time_{};
  std::uint64_t begin_ = 0;
  bool open_ = false;
  bool truncated_ = false;
};

/// Delivers the line that `last_part` ends: joined to what `before` holds, which is then empty, or without a copy when
/// it holds nothing. At most `bound` bytes.
void complete_line(PartialLine& before, const Line& last_part, std::size_t bound, LineSink sink);

/// Delivers what is held of either std stream, in the order in which the lines began.
void finish_lines(std::array<PartialLine, 2>& lines, std::uint64_t end, LineSink sink);

}  // namespace taffrail::text
