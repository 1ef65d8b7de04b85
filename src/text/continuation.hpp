#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/clock.hpp"
#include "text/level.hpp"

namespace taffrail::text {

/// Tells for each line of one std stream whether it belongs to the head line before it. See continuation.cpp for the
/// rules; LineClassifier for what is promised.
class ContinuationDetector {
 public:
  /// @param line without escape sequences; only its first few hundred bytes need to be there
  /// @param level what the line's own format states
  [[nodiscard]] bool continues(std::string_view line, Level level, Time time);

 private:
  /// Which stack trace is open, and what may come in it next.
  enum class Trace : std::uint8_t {
    none,
    python,         ///< frames, then the exception's line
    python_raised,  ///< behind the exception's line: perhaps another traceback that it is the cause of
    go,             ///< goroutines and their frames
    message,        ///< the line behind a head that announces it ("thread 'main' panicked at …:")
    frames,         ///< numbered frames and what stands around them: Rust, PHP, Dart, Lua
    elixir,         ///< frames, then what the process was at
  };

  bool in_trace(std::string_view line);
  bool by_its_form(std::string_view line, Level level, bool near);
  void enter_trace(std::string_view line);

  /// Whether the line before is one that an exception's own lines follow.
  [[nodiscard]] bool attaches() const;

  /// Enough of the line before to see whether it begins with a time; looked at only when an exception follows.
  std::array<char, 64> head_{};
  std::uint8_t head_size_ = 0;  // 0: it was no head, or stated a level
  Time time_{};
  Trace trace_ = Trace::none;
  Level level_ = Level::unknown;  // of the line before; unknown too where that is an exception's own line
  bool exists_ = false;           // there was a line before
  bool blank_ = false;            // it was blank
  bool continued_ = false;        // it was a continuation
  bool in_block_ = false;         // it was indented or ended with an opening bracket: a closing one may follow
};

}  // namespace taffrail::text
