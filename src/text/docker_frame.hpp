#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "text/line_sink.hpp"
#include "text/partial_line.hpp"

namespace taffrail::text {

/// Decodes the engine's multiplexed log stream (Engine API, "Stream format" of ContainerAttach): frames of
/// `[stream, 0, 0, 0, length big-endian 32] payload`. With `timestamps=1` each payload begins with an RFC 3339 time and
/// a blank; without, lines carry the time of the line before (at first Time{}).
///
/// dockerd cuts a line over 16 KiB into frames of which only the last ends in '\n', each with the time again: they are
/// joined per std stream, while frames of the other one may lie between. A payload with several newlines is as many
/// lines of one time. Frames of any size are worked off as they come, nothing is buffered but unfinished lines.
class DockerFrameDecoder {
 public:
  enum class Timestamps : std::uint8_t { absent, present };
  explicit DockerFrameDecoder(Timestamps timestamps = Timestamps::present) : timestamps_(timestamps) {}

  /// Hands each line that is completed by `chunk` to the sink. Errors end the stream, later calls return them again:
  /// protocol for a header no engine sends (the stream is no multiplexed one, or out of step), unavailable with the
  /// engine's own words for a frame of its error stream (type 3).
  Result<> feed(std::string_view chunk, LineSink sink);
  /// The container's log has ended (not: the connection broke): hands over lines that lack their newline.
  void finish(LineSink sink);
  /// Ready for a new stream; unfinished lines are dropped (a reader that resumes gets them again).
  void reset();

 private:
  static constexpr std::size_t header_bytes = 8;
  /// The longest time in front of a payload: "2026-11-21T09:10:05.123456789+01:00" and the blank.
  static constexpr std::size_t max_time_bytes = 36;

  Result<> begin_frame(std::string_view header);
  Result<> engine_error();
  void payload(std::string_view bytes, LineSink sink);
  void split(std::string_view bytes, StdStream stream, std::uint64_t end, LineSink sink);

  Timestamps timestamps_;
  std::array<PartialLine, 2> lines_;
  std::string head_;  // the header, then the time, while they are cut by a chunk's end
  std::uint32_t left_ = 0;
  std::uint8_t type_ = 0;
  bool in_frame_ = false;
  bool in_time_ = false;
  Time time_{};
  std::uint64_t offset_ = 0;
  std::uint64_t frame_begin_ = 0;
  std::string error_text_;
  Error failure_;
  bool failed_ = false;
};

}  // namespace taffrail::text
