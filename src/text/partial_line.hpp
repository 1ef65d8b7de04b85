#pragma once

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
  /// Bytes were lost behind what is held; what is appended from here on is dropped too.
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

}  // namespace taffrail::text
