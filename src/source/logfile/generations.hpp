#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "source/logfile/folder_names.hpp"
#include "source/logfile/log_file.hpp"
#include "source/logfile/log_options.hpp"

namespace taffrail::logfile {

/// One file of a log, open.
struct OpenGeneration {
  LogFile file;
  FileStatus status;   ///< at the time of opening
  std::string head{};  ///< its first bytes, up to `head_bytes`: others mean that it was truncated since
};

/// Enough to tell two files of one log apart: a line's time alone does.
inline constexpr std::size_t head_bytes = 256;

/// The files of a log.
struct Generations {
  std::vector<OpenGeneration> files;
  bool cut_off = false;  ///< there are older ones
  bool settled = true;   ///< false: files were rotated faster than they could be opened, so one may be missing
  bool unread = false;   ///< one that is there could not be opened
};

/// Opens what there is of a log, oldest first, the file at `path` last, as it is at one moment.
///
/// Of an engine's log those that the engine numbers, `path.1` to below `max_files`, or with `.gz` behind. Of a plain
/// one at most 16 that were rotated away under names that logrotate and its kin give ("app.log.1", "app.log-20261121",
/// "app.log.2.gz"), none where the file system keeps no birth times, by which lines are named. They are ordered by
/// their number, or by their date; where names of both kinds are there, by their last change.
///
/// The folder is gone through until it stands still; for a worker thread. Errors: those of LogFile::open for `path`; a
/// plain log's rotated file that cannot be opened is left out.
/// @param folders what those know who open other logs of the same folder
[[nodiscard]] Result<Generations> open_generations(const LogOptions& options, FolderNames& folders);

/// The first bytes of a file; none where it cannot be read, which is an error where it is read.
[[nodiscard]] std::string head_of(LogFile& file);

/// Whether `name` is how a rotated file of `base` may be called.
[[nodiscard]] bool is_rotated_name(std::string_view name, std::string_view base);

}  // namespace taffrail::logfile
