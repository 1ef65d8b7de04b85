#include "source/files/open_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace taffrail::files {
namespace {

Time to_time(const struct statx_timestamp& time) {
  return Time(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

Result<FileStatus> query(int descriptor, const char* path, int flags, const std::string& name) {
  struct statx found{};
  if (::statx(descriptor, path, flags, STATX_TYPE | STATX_INO | STATX_SIZE | STATX_MTIME | STATX_BTIME, &found) != 0)
    return std::unexpected(system_error("look at " + name, errno));
  FileStatus status;
  status.identity.device = ::makedev(found.stx_dev_major, found.stx_dev_minor);
  status.identity.inode = found.stx_ino;
  if (found.stx_mask & STATX_BTIME) status.identity.born = to_time(found.stx_btime);
  status.size = found.stx_size;
  status.modified = to_time(found.stx_mtime);
  status.regular = S_ISREG(found.stx_mode);
  return status;
}

}  // namespace

Result<FileStatus> status_of(const std::string& path) { return query(AT_FDCWD, path.c_str(), 0, path); }

Result<OpenFile> OpenFile::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) return std::unexpected(system_error("open " + path, errno));
  OpenFile file(descriptor, path);
  auto status = file.status();
  if (!status) return forward(status);
  if (!status->regular) return fail(ErrorCode::unsupported, path + " is no regular file");
  return file;
}

OpenFile::~OpenFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<FileStatus> OpenFile::status() const { return query(descriptor_, "", AT_EMPTY_PATH, path_); }

Result<std::size_t> OpenFile::read(std::uint64_t offset, std::span<char> into) const {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t count =
        ::pread(descriptor_, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::unexpected(system_error("read " + path_, errno));
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

std::string OpenFile::self_path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

}  // namespace taffrail::files
