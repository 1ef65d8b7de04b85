#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <sys/types.h>
#include <vector>

#include "base/result.hpp"

namespace taffrail::docker {

/// One file of a log, read by place: a plain one with pread, a gzip one (*.gz) through zlib, where places are those of
/// the text. Reading a gzip file forwards is cheap, any step back starts it over. Blocking: for workers.
///
/// The descriptor is kept, so the file stays readable when it is renamed or removed.
class LogFile {
 public:
  /// Which file it is, whatever its name; not used again for another one while this one is open.
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    friend bool operator==(const Identity&, const Identity&) = default;
  };

  /// Errors: not_found, permission_denied, io; unsupported for what is no regular file.
  [[nodiscard]] static Result<std::unique_ptr<LogFile>> open(const std::string& path);
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  ~LogFile();

  /// Reads up to `into.size()` bytes at `offset`. Fewer, or 0, only at the end of what is there; a gzip file that was
  /// cut off or is corrupt ends where it can be read no further.
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into);
  /// How many bytes of text it has now. Reads all of a gzip file.
  [[nodiscard]] Result<std::uint64_t> size();
  /// The first byte at or after `offset` that is not in a hole of a sparse plain file.
  [[nodiscard]] std::uint64_t next_data(std::uint64_t offset) const;

  [[nodiscard]] const Identity& identity() const { return identity_; }
  [[nodiscard]] bool compressed() const { return inflater_ != nullptr; }
  /// Bytes on disk now.
  [[nodiscard]] std::uint64_t disk_bytes() const;
  /// True once a gzip file could not be read to its proper end.
  [[nodiscard]] bool damaged() const;

 private:
  struct Inflater;
  LogFile(int descriptor, Identity identity);
  Result<std::size_t> inflate_some(std::span<char> into);

  int descriptor_;
  Identity identity_;
  std::unique_ptr<Inflater> inflater_;
};

}  // namespace taffrail::docker
