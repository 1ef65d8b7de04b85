#pragma once

#include <cstddef>
#include <string_view>

#include "text/level.hpp"

namespace taffrail::text {

// The pieces of a line's head that state a level by themselves; text_level.cpp walks the head and asks here.

/// The word at `at` that a level may be: letters, with the step that some libraries put behind (level_from_word).
struct LevelWord {
  std::string_view text{};  ///< empty when there are no letters
  Level level = Level::unknown;
};
[[nodiscard]] LevelWord level_word_at(std::string_view text, std::size_t at);

/// Capitals and digits only.
[[nodiscard]] bool all_upper(std::string_view word);
/// Level words that are ordinary English too, or a test's verdict: in running heads they need more than capitals.
[[nodiscard]] bool is_ordinary(std::string_view word);

/// What stands in brackets: the level alone, behind a module or thread, behind a time, or in front of something.
[[nodiscard]] Level bracket_level(std::string_view content);
/// What begins a message that is a format of its own: npm's, PHP's, an uncaught exception.
[[nodiscard]] Level phrase_level(std::string_view rest);
/// Formats that are known by the first bytes of the line.
/// @param head not empty
[[nodiscard]] Level level_by_first_bytes(std::string_view head);
/// The name of an exception's class at the start of `text` that says so: letters, digits, dots, ending in Error,
/// Exception, Throwable or Fault, or in Warning (which is a warning), and then ':' or the end.
[[nodiscard]] Level exception_level(std::string_view text);

}  // namespace taffrail::text
