#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "source/files/numbering.hpp"
#include "source/files/open_file.hpp"

namespace taffrail::files {

/// One generation of a log file, open.
struct Generation {
  OpenFile file;
  FileStatus status;  ///< at the time of opening
  Numbering::Place place;
  std::string head{};  ///< its first bytes, up to 64: others mean that it was truncated since
};

/// The files of a path.
struct Generations {
  std::vector<Generation> files;
  bool cut_off = false;  ///< there are older ones
  bool settled = true;   ///< false: files were rotated faster than they could be opened, so one may be missing
  Time unread{};         ///< birth of the youngest one that could not be opened; 1970 when all could
};

/// Opens what there is of a log: the file at `path`, last, and before it those that were rotated away under names that
/// logrotate and its kin give ("app.log.1", "app.log-20261121"), oldest first. Compressed ones are left out, and all of
/// them where the file system keeps no birth times, by which they are ordered. At most 16.
/// Errors: those of OpenFile::open for `path`; a rotated file that cannot be opened is left out.
/// The folder is gone through until it stands still; for a worker thread.
[[nodiscard]] Result<Generations> open_generations(const std::string& path, Numbering& numbering);

/// Whether `name` is how a rotated file of `base` may be called.
[[nodiscard]] bool is_rotated_name(std::string_view name, std::string_view base);

}  // namespace taffrail::files
