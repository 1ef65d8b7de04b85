#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/clock.hpp"
#include "text/continuation.hpp"
#include "text/level.hpp"
#include "text/std_stream.hpp"

namespace taffrail::text {

/// What a line is made of: a JSON object, key=value pairs, or anything else.
enum class Kind : std::uint8_t { text, json, logfmt };
/// "text", "json" or "logfmt".
[[nodiscard]] std::string_view to_string(Kind kind);

/// What a line says about itself and its place.
struct LineInfo {
  Level level = Level::unknown;
  Kind kind = Kind::text;
  bool continues = false;  ///< belongs to the head line before it on the same stream (a stack frame, an indented line)
  friend bool operator==(const LineInfo&, const LineInfo&) = default;
};

/// How many lines a reader that starts in the middle of a log feeds, and does not deliver, before its answers are
/// those of a reader that started at the beginning.
inline constexpr std::size_t classifier_warm_up_lines = 64;

/// Tells level, kind and continuation of each line of one container, in log order. The answers depend on the bytes and
/// times of the lines alone, so reading a log again gives the same ones. What it remembers of each std stream is the
/// line before and which kind of stack trace is open; a warm-up of `classifier_warm_up_lines` restores that.
///
/// A continuation has no level of its own: its level is `unknown`, and a viewer or rule takes its head's. A line that
/// states a level, or begins with a date, is a head even when it is indented, except inside a Python, Go or Rust trace,
/// where the trace's own form decides. Escape sequences, a byte order mark, carriage returns (of a progress display
/// too: what a terminal would show at the end counts) and blanks behind the text change none of the answers.
class LineClassifier {
 public:
  /// @param line the line's bytes without its newline; any bytes, any length (time is linear in it)
  /// @param time the engine's time of the line; lines further apart than a second do not belong together
  LineInfo classify(std::string_view line, Time time, StdStream stream);

 private:
  std::array<ContinuationDetector, 2> streams_;
};

}  // namespace taffrail::text
