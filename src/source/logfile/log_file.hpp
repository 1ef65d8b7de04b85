#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <sys/types.h>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace taffrail::logfile {

/// Tells one file from every other, also from one that got its inode number after it was removed.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  Time born{};  ///< 1970 where the file system does not keep it
  friend auto operator<=>(const FileIdentity&, const FileIdentity&) = default;
};

struct FileStatus {
  FileIdentity identity;
  /// Bytes; of a compressed file those of its text, as its end states them.
  std::uint64_t size = 0;
  std::uint64_t disk_bytes = 0;
  Time modified{};
  std::uint64_t links = 0;  ///< how many names the file has; 0: it was removed
  bool regular = false;

  [[nodiscard]] bool has_birth() const { return identity.born != Time{}; }
};

/// The status of the file that a path leads to, through symbolic links; a compressed one's size is that on disk.
/// Errors: not_found, permission_denied, io.
[[nodiscard]] Result<FileStatus> status_of(const std::string& path);

/// Whether the path lies on a file system of another machine or program (NFS, SMB, 9P, FUSE, …). A call there can hang
/// for as long as the other side does, and inotify tells nothing of what others write. Also when nobody can say.
[[nodiscard]] bool is_remote(const std::string& path);

/// One file of a log, read by place: a plain one with pread, a gzip one (*.gz) through zlib, where places are those of
/// the text. Reading a gzip file forwards is cheap, any step back starts it over. Every call can block for as long as
/// the file system does: for workers.
///
/// The descriptor is kept, so the file stays readable when it is renamed or removed.
class LogFile {
 public:
  /// Errors: not_found, permission_denied, io; unsupported when it is no regular file (a FIFO is never waited for).
  [[nodiscard]] static Result<LogFile> open(const std::string& path);
  LogFile(LogFile&& other) noexcept;
  LogFile& operator=(LogFile&& other) noexcept;
  ~LogFile();

  [[nodiscard]] Result<FileStatus> status() const;
  /// Reads up to `into.size()` bytes at `offset`. Fewer, or 0, only at the end of what is there; a gzip file that was
  /// cut off or is corrupt ends where it can be read no further. Error: io.
  [[nodiscard]] Result<std::size_t> read(std::uint64_t offset, std::span<char> into);
  /// The first byte at or after `offset` that is not in a hole of a sparse plain file.
  [[nodiscard]] std::uint64_t next_data(std::uint64_t offset) const;
  /// A path that leads to this very file even after it was renamed, for inotify.
  [[nodiscard]] std::string self_path() const;

  [[nodiscard]] bool compressed() const { return inflater_ != nullptr; }
  /// True once a gzip file could not be read to its proper end.
  [[nodiscard]] bool damaged() const;

 private:
  struct Inflater;
  LogFile(int descriptor, std::string path);
  Result<std::size_t> inflate_some(std::span<char> into);

  int descriptor_;
  std::string path_;  // as it was opened, for messages
  std::unique_ptr<Inflater> inflater_;
};

}  // namespace taffrail::logfile
