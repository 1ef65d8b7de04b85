#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "source/files/line_time.hpp"
#include "source/files/open_file.hpp"

namespace taffrail::files {

/// Finds places in a log file without reading all of it, in blocks; for a worker thread. Errors: io.
class Seek {
 public:
  /// @param file, status outlive the object
  Seek(const OpenFile& file, const FileStatus& status) : file_(file), status_(status) {}

  /// Where the line begins that holds the byte at `at`, or would hold it: 0, or just behind the last newline before
  /// `at`.
  Result<std::uint64_t> line_begin(std::uint64_t at);

  /// Where the line ends that holds the byte at `at`: just behind the next newline, or the file's end.
  Result<std::uint64_t> line_end(std::uint64_t at);

  struct Tail {
    std::uint64_t begin = 0;  ///< of the first of the lines
    std::uint64_t lines = 0;  ///< how many there are
  };
  /// The last `count` lines that begin in [low, high), both beginnings of lines; fewer when there are no more.
  Result<Tail> last_lines(std::uint64_t low, std::uint64_t high, std::uint64_t count);

  /// Where the first line begins that states a time at or after `time`; the file's size when there is none. By
  /// bisection, so the times must mostly rise. In a file whose lines state no times all have that of its last change.
  Result<std::uint64_t> first_at(Time time);

  /// The time that the last line before `at` (the beginning of a line) states, looking back up to 1 MiB.
  Result<std::optional<Time>> time_before(std::uint64_t at);

 private:
  struct Timed {
    std::uint64_t begin;
    Time time;
  };
  /// The first line that begins in [from, to) and states a time.
  Result<std::optional<Timed>> first_timed(std::uint64_t from, std::uint64_t to);
  Result<std::string_view> block(std::uint64_t offset, std::uint64_t size);

  const OpenFile& file_;
  const FileStatus& status_;
  LineTime line_time_;
  std::string buffer_;
};

}  // namespace taffrail::files
