#include "base/disk_use.hpp"

#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace taffrail {
namespace {

/// A descriptor, closed with it.
struct Descriptor {
  explicit Descriptor(int opened) : number(opened) {}
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number;
};

/// The folder or file as a process sees it whose root is `root`; -1 with errno.
int open_within(const std::string& root, const std::string& path) {
  const Descriptor folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (folder.number < 0) return -1;
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT;
  return static_cast<int>(::syscall(SYS_openat2, folder.number, path.c_str(), &how, sizeof how));
}

}  // namespace

Result<DiskUse> disk_use(const std::string& root, const std::string& path) {
  struct statvfs found{};
  int failed = 0;
  if (root.empty()) {
    if (::statvfs(path.c_str(), &found) != 0) failed = errno;
  } else {
    const Descriptor place(open_within(root, path));
    if (place.number < 0 || ::fstatvfs(place.number, &found) != 0) failed = errno;
    // Kernels before 5.6 do not have it, and some sandboxes forbid it: links lead where they do here, then.
    if (failed == ENOSYS || failed == EPERM) failed = ::statvfs((root + path).c_str(), &found) == 0 ? 0 : errno;
  }
  if (failed != 0) return std::unexpected(system_error("look at the disk of " + root + path, failed));
  if (found.f_blocks == 0) return fail(ErrorCode::unsupported, "the disk of " + root + path + " has no size");
  const std::uint64_t unit = found.f_frsize;
  return DiskUse{found.f_blocks * unit, found.f_bfree * unit, found.f_bavail * unit};
}

}  // namespace taffrail
