#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <sys/types.h>
#include <utility>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace taffrail::files {

/// Tells one file from every other, also from one that got its inode number after it was removed.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  Time born{};  ///< 1970 where the file system does not keep it
  friend auto operator<=>(const FileIdentity&, const FileIdentity&) = default;
};

struct FileStatus {
  FileIdentity identity;
  std::uint64_t size = 0;  ///< bytes
  Time modified{};
  std::uint64_t links = 0;  ///< how many names the file has; 0: it was removed
  bool regular = false;

  [[nodiscard]] bool has_birth() const { return identity.born != Time{}; }
};

/// The status of the file that a path leads to, through symbolic links. Errors: not_found, permission_denied, io.
[[nodiscard]] Result<FileStatus> status_of(const std::string& path);

/// Whether the path lies on a file system of another machine or program (NFS, SMB, 9P, FUSE, …). A call there can hang
/// for as long as the other side does, and inotify tells nothing of what others write. Also when nobody can say.
[[nodiscard]] bool is_remote(const std::string& path);

/// A regular file, open for reading. Every call here can block for as long as its file system does.
class OpenFile {
 public:
  /// Errors: not_found, permission_denied, io; unsupported when it is no regular file (a FIFO is never waited for).
  [[nodiscard]] static Result<OpenFile> open(const std::string& path);

  OpenFile(OpenFile&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}
  OpenFile& operator=(OpenFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(path_, other.path_);
    return *this;
  }
  ~OpenFile();

  [[nodiscard]] Result<FileStatus> status() const;
  /// Reads up to `into.size()` bytes at `offset`; fewer only at the end of the file. Error: io.
  [[nodiscard]] Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const;
  /// A path that leads to this very file even after it was renamed, for inotify.
  [[nodiscard]] std::string self_path() const;

 private:
  OpenFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}

  int descriptor_;
  std::string path_;  // as it was opened, for messages
};

}  // namespace taffrail::files
