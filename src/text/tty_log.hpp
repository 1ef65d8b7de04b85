#pragma once

#include <string>
#include <string_view>

#include "text/line_sink.hpp"
#include "text/line_splitter.hpp"

namespace taffrail::text {

/// Decodes the log of a container with a TTY as the engine's API gives it: no frames, `TIME text\r\n` lines on stdout.
/// The '\r' that the terminal puts before the newline is cut. dockerd stores a long line in parts of 16 KiB and writes
/// the time in front of each part, so a time in its fixed form at exactly those places inside a line is cut too.
/// A line without a time (none was asked for) carries the time of the line before.
class TtyLogDecoder {
 public:
  TtyLogDecoder();
  void feed(std::string_view chunk, LineSink sink);
  /// The container's log has ended: hands over a last line that lacks its newline.
  void finish(LineSink sink);
  /// Ready for a new stream; an unfinished line is dropped.
  void reset();

 private:
  void deliver(Line line, LineSink sink);

  LineSplitter lines_;
  std::string joined_;
  Time time_{};
};

}  // namespace taffrail::text
