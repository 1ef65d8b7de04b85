#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "source/files/line_time.hpp"
#include "source/files/range.hpp"
#include "text/line_splitter.hpp"

namespace taffrail::files {

/// What the readers of one path share.
struct LogFile {
  std::string path;
  Numbering numbering;
  std::size_t readers = 0;  ///< of the owner thread
};

/// One reading of a log file, and of the files that were rotated away from its path, as LogQuery asks. Every call may
/// block on the file system and is made on a worker, one at a time; waiting is FileReader's.
///
/// A line's time is what it states (line_time.hpp), else that of the line before it, else, in a file that states none,
/// the file's last change or, followed, its arrival. A last line without a newline is unfinished: a following reading
/// leaves it until the rest is there, another one delivers it when nobody has written for 5 seconds.
///
/// Following: a file is read to its end; when a later file of the path was written to, the writer has moved over, so
/// what is left of the old file is read and then the next one. A file that shrank, or whose bytes before the
/// reader's place are no longer those that were read, was truncated in place: reading starts over at its beginning.
///
/// Whenever lines may have come and gone unread, a Gap says so (reason "rotated", no count: the bytes are gone):
/// - after each truncation in place, for nobody can tell what was written just before it;
/// - where a file took the path and the one before it was already removed, or a file between them cannot be read: as
///   long as a rotated file is there, so are the younger ones;
/// - behind a query's `after` that names no line that is still there.
/// A line of which only the beginning could be read is delivered, marked truncated, before its gap.
class FileReading {
 public:
  struct Step {
    LogChunk chunk;
    bool more = true;            ///< whether there is something to read, now or, followed, later
    bool files_changed = false;  ///< what `watched` tells is different
  };
  struct Watched {
    std::string folder;              ///< where a successor appears
    std::vector<std::string> files;  ///< being read, by paths that stay true when they are renamed
    bool remote = false;             ///< watching tells nothing, and is itself a call that can hang
  };

  /// @param log outlives the object
  FileReading(LogFile& log, ContainerId id, LogQuery query);

  /// Opens the files and finds the places that the query names. To be called once, first.
  /// Errors: not_found, permission_denied, unsupported, io.
  Result<> open(Time now);

  /// Reads on: about 256 KiB of lines, or what there is.
  /// @param live the reader has caught up before, so what has come since is new
  /// Error: io.
  Result<Step> read(Time now, SteadyTime steady, bool live);

  /// Touches no file: for the owner thread, between two calls.
  [[nodiscard]] Watched watched() const;
  [[nodiscard]] bool follows() const { return query_.follow; }

 private:
  enum class Filled { enough, end };

  Result<Filled> fill(Step& step);
  [[nodiscard]] Result<bool> is_of_this_epoch(std::string_view read) const;
  Result<bool> read_block(Step& step);
  void take(const text::Line& line, bool cut, Batch& batch);
  void finish_line(Step& step, bool cut);
  void lose(const Step& step);
  void tell(LogChunk& chunk);
  void restart_at(std::uint64_t offset);
  void leave_part(Step& step);
  Result<> start_over(Step& step);
  Result<bool> look_again(Step& step, SteadyTime now);
  bool path_gone(Step& step, SteadyTime now);
  [[nodiscard]] Result<bool> writer_moved() const;
  Result<bool> add_successors(Step& step);

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
  std::optional<Time> arrival_;    // of what is read now, when it is new
  std::unique_ptr<char[]> buffer_;
  std::optional<Cursor> last_;  // the last line delivered
  bool gap_here_ = false;       // a gap stands before what this step reads
  bool gap_due_ = false;        // and one before what the next step will
  bool gap_told_ = false;       // one was told, and no line since
  bool remote_ = false;
  bool read_again_ = false;         // the front's end was seen after its writer had moved on
  int unsettled_ = 0;               // looks in a row that came upon a rotation
  std::optional<SteadyTime> gone_;  // since when no file has the path
  bool ended_ = false;              // nothing will follow
};

}  // namespace taffrail::files
