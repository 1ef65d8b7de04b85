#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "source/files/generations.hpp"
#include "source/files/line_time.hpp"
#include "source/inotify.hpp"
#include "source/source.hpp"
#include "text/line_splitter.hpp"

namespace taffrail::files {

/// What the readers of one path share.
struct LogFile {
  std::string path;
  Numbering numbering;
  std::size_t readers = 0;
};

/// Reads one log file, and the files that were rotated away from its path, as LogQuery asks.
///
/// A line's time is what it states (line_time.hpp), else that of the line before it, else, in a file that states none,
/// the file's last change or, followed, its arrival. A last line without a newline is unfinished: a following reader
/// waits for the rest, another one delivers it when nobody has written for 5 seconds.
///
/// Following: a file is read to its end; when a later file of the path was written to, the writer has moved over, so
/// what is left of the old file is read and then the next one. A file that shrank, or whose bytes before the
/// reader's place are no longer those that were read, was truncated in place: reading starts over at its beginning.
class FileReader final : public LogReader {
 public:
  /// Opens the files and finds the places that the query names.
  /// @param clock, inotify, log outlive the reader; inotify may be nullptr (the file is then looked at twice a second)
  /// Errors: not_found, permission_denied, unsupported, io.
  static Task<Result<std::unique_ptr<LogReader>>> open(const Clock& clock, Inotify* inotify, LogFile& log,
                                                       ContainerId id, LogQuery query);
  ~FileReader() override;

  Task<Result<std::optional<LogChunk>>> next() override;

 private:
  struct Part {
    Generation generation;
    std::uint64_t end;  // lines that begin here or later are not read
  };
  struct Position {
    std::size_t part = 0;
    std::uint64_t offset = 0;
  };
  enum class Filled { batch, turn, end };

  FileReader(const Clock& clock, Inotify* inotify, LogFile& log, ContainerId id, LogQuery query);

  Task<Result<>> find_ends();
  Task<Result<Position>> find_since(Time since);
  Task<Result<Position>> find_after(const Cursor& after);
  Task<Result<Position>> find_tail(Position low);
  Task<Result<>> start_at(Position position);

  Result<Filled> fill(Batch& batch);
  void take(const text::Line& line, Batch& batch);
  void finish_line(Batch& batch);
  void restart_at(std::uint64_t offset);
  Filled leave_part();
  Result<Filled> start_over(Batch& batch);
  Result<bool> look_again(Batch& batch);
  Result<bool> path_gone(Batch& batch);
  [[nodiscard]] Result<bool> writer_moved() const;
  Result<bool> add_successors();
  void watch();
  Task<> wait();

  const Clock& clock_;
  Inotify* inotify_;
  LogFile& log_;
  ContainerId id_;
  LogQuery query_;
  std::deque<Part> parts_;        // what is still to be read; the front is being read
  std::uint64_t offset_ = 0;      // of the next byte
  std::uint64_t line_begin_ = 0;  // of the line that this byte belongs to
  std::string before_;            // the bytes before it, as they were read
  text::LineSplitter splitter_{text::LineSplitter::CarriageReturn::strip};
  LineTime line_time_;
  std::optional<Time> last_time_;  // that a line stated
  std::string buffer_;
  bool read_again_ = false;         // the front's end was seen after its writer had moved on
  std::optional<SteadyTime> gone_;  // since when no file has the path
  bool ended_ = false;              // nothing will follow
  bool told_end_ = false;
  std::unique_ptr<Inotify::Watch> watch_;
};

}  // namespace taffrail::files
