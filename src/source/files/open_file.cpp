#include "source/files/open_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace taffrail::files {
namespace {

Time to_time(const struct statx_timestamp& time) {
  return Time(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

Result<FileStatus> query(int descriptor, const char* path, int flags, const std::string& name) {
  struct statx found{};
  if (::statx(descriptor, path, flags, STATX_TYPE | STATX_INO | STATX_SIZE | STATX_MTIME | STATX_BTIME | STATX_NLINK,
              &found) != 0)
    return std::unexpected(system_error("look at " + name, errno));
  FileStatus status;
  status.identity.device = ::makedev(found.stx_dev_major, found.stx_dev_minor);
  status.identity.inode = found.stx_ino;
  if (found.stx_mask & STATX_BTIME) status.identity.born = to_time(found.stx_btime);
  status.size = found.stx_size;
  status.modified = to_time(found.stx_mtime);
  status.links = found.stx_nlink;
  status.regular = S_ISREG(found.stx_mode);
  return status;
}

}  // namespace

Result<FileStatus> status_of(const std::string& path) { return query(AT_FDCWD, path.c_str(), 0, path); }

bool is_remote(const std::string& path) {
  struct statfs found{};
  if (::statfs(path.c_str(), &found) != 0) return true;
  // Magic numbers of statfs(2): NFS, SMB, CIFS, SMB2, 9P, FUSE, Ceph, AFS (two), Coda.
  static constexpr std::array<std::uint32_t, 10> remote{0x6969,     0x517B,     0xFF534D42, 0xFE534D42, 0x01021997,
                                                        0x65735546, 0x00C36400, 0x5346414F, 0x6B414653, 0x73757245};
  return std::ranges::find(remote, static_cast<std::uint32_t>(found.f_type)) != remote.end();
}

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
