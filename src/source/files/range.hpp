#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "source/files/generations.hpp"
#include "source/source.hpp"

namespace taffrail::files {

/// A file of a log and how far one reading goes in it.
struct Part {
  static constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();

  Generation generation;
  std::uint64_t end = no_end;  ///< lines that begin here or later are not read
  bool gap_before = false;     ///< a file between the one before and this one was perhaps never seen
};

/// Where a reading begins.
struct Start {
  std::size_t part = 0;
  std::uint64_t offset = 0;  ///< in that part: the beginning of a line
  bool after_gone = false;  ///< the query's `after` names no line that is still there, so some may be missing behind it
};

/// A last line without a newline is taken to be whole when nobody has written for so long.
inline constexpr Duration quiet = std::chrono::seconds(5);

/// Finds the place in `parts` (oldest first, not empty) where what `query` asks for begins, and sets each part's `end`.
/// Where the numbers began anew since the query's `after` was made, that is replaced by a `since`. Error: io.
/// @param now to tell whether a last line without a newline was left alone
[[nodiscard]] Result<Start> find_range(std::vector<Part>& parts, LogQuery& query, Time now);

/// The time that the last line before the place states, of its file or of one before. Error: io.
[[nodiscard]] Result<std::optional<Time>> time_before(const std::vector<Part>& parts, const Start& start);

}  // namespace taffrail::files
