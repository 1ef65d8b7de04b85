#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "source/logfile/log.hpp"
#include "source/logfile/selection.hpp"

namespace taffrail::logfile {

/// One reading of a log's files, as LogQuery asks, through every way in which they change under it. Every call may
/// block on the file system and is made on a worker, one at a time; waiting is LogFileReader's.
///
/// *Following*: a file is read to its end; when a later file of the log was written to, the writer has moved over, so
/// what is left of the old file is read and then the next one. A file that shrank, or whose bytes before the reader's
/// place are no longer those that were read, was truncated in place: reading starts over at its beginning. The reader
/// holds the descriptors of the files it has still to read, so neither renaming nor removing nor compressing takes a
/// line from it.
///
/// *Gaps* (reason "rotated", no count: the bytes are gone) are told whenever lines may have come and gone unread:
/// - after each truncation in place of a plain file, for nobody can tell what was written just before it; of an
///   engine's, unless what was read had the size at which the engine cuts it;
/// - where a file took the path and the one before it was already removed, or a file between them cannot be read: as
///   long as a rotated file is there, so are the younger ones. An engine that keeps one file replaces it by rights;
/// - where a compressed file is cut off or corrupt;
/// - behind a query's `after` that names no line that is still there.
/// A line of which only the beginning could be read is delivered, marked truncated, before its gap.
///
/// *A last line without a newline* is unfinished. A plain file's is delivered when nobody has written for two seconds;
/// what comes behind it later is a line of its own, for all readers. A reading that does not follow leaves it out until
/// then, and says for how long. An engine's is delivered when its container has
/// stopped.
class LogReading {
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
  /// What a reading must know beside the files.
  struct Moment {
    Time now;
    SteadyTime steady;
    bool finished = false;  ///< nothing will be written any more, so what is unfinished at the end is a line too
  };

  LogReading(std::shared_ptr<Log> log, ContainerId id, LogQuery query);

  /// Opens the files and finds the places that the query names. To be called once, first.
  /// Errors: not_found, permission_denied, unsupported, unavailable, io.
  Result<> open(const Moment& moment);

  /// Reads on: about 256 KiB of lines, or what there is.
  Result<Step> read(const Moment& moment);

  /// Touches no file: for the owner thread, between two calls.
  [[nodiscard]] Watched watched() const;
  [[nodiscard]] bool follows() const { return query_.follow; }
  /// How long to wait before opening it anew gives a last line that this reading leaves out; 0 when none is.
  [[nodiscard]] Duration unfinished_for() const { return unfinished_for_; }

 private:
  enum class Filled { enough, end };

  [[nodiscard]] bool plain() const { return log_->options().plain(); }
  Result<Filled> fill(Step& step, const Moment& moment);
  Result<bool> is_of_this_epoch(std::string_view read, Time now);
  Result<bool> read_block(Step& step, const Moment& moment);
  void skip_hole();
  void take(const text::Line& line, bool cut);
  void end_file(bool cut);
  void lose();
  void restart_at(std::uint64_t offset);
  void enter();
  void leave_part(Step& step);
  Result<> start_over(Step& step, Time now, bool had_more);
  void begin_epoch(const Log::Look& look);
  bool loses_by_truncation(bool had_more) const;
  Result<bool> look_again(Step& step, const Moment& moment);
  bool path_gone(SteadyTime now);
  bool give_unfinished(SteadyTime now);
  [[nodiscard]] Result<bool> writer_moved() const;
  Result<> hold_new_files(Step& step, Time now);
  Result<bool> add_successors(Step& step, Time now);
  bool is_compressed_form(const Part& part) const;
  void complete(Step& step);

  std::shared_ptr<Log> log_;
  ContainerId id_;
  LogQuery query_;
  std::optional<LogSelection> selection_;
  std::deque<Part> parts_;  // what is still to be read; the front is being read
  LineDecoder decoder_;
  Placer placer_;
  std::uint64_t offset_ = 0;      // of the next byte
  std::uint64_t line_begin_ = 0;  // of the row that this byte belongs to
  std::string before_;            // the bytes before it, as they were read
  std::uint64_t seen_size_ = 0;   // the largest size of the file at hand
  Duration unfinished_for_{};
  bool gap_due_ = false;  // a gap stands before what comes next
  bool remote_ = false;
  bool read_again_ = false;               // the front's end was seen after its writer had moved on
  int unsettled_ = 0;                     // looks in a row that came upon a rotation
  std::optional<SteadyTime> gone_;        // since when no file has the path
  std::optional<SteadyTime> unfinished_;  // since when the last line has stood there without a newline
  std::uint64_t unfinished_at_ = 0;       // and with how many bytes
  bool ended_ = false;                    // nothing will follow
};

}  // namespace taffrail::logfile
