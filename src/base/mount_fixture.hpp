#pragma once

#include <cstdint>
#include <fcntl.h>
#include <fstream>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace taffrail {

/// What `in_own_mounts` gives where nothing may be mounted.
inline constexpr int may_not_mount = 99;

/// For tests: runs `body` in a process whose mounts are its own and go with it. Returns what `body` does, 0 for
/// success; `may_not_mount` where that is not allowed, and -1 when it crashed.
template <class Body>
int in_own_mounts(Body body) {
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWNS) != 0) {
      const std::string map = "0 " + std::to_string(getuid()) + " 1";
      if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) _exit(may_not_mount);
      std::ofstream("/proc/self/uid_map") << map;
    }
    mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    _exit(body());
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

/// A memory file system of so many bytes.
inline bool mount_memory(const std::string& folder, std::uint64_t bytes) {
  return mount("tmpfs", folder.c_str(), "tmpfs", 0, ("size=" + std::to_string(bytes)).c_str()) == 0;
}

/// A file system that hangs as one does whose server is gone: its kernel side asks, and nobody answers. It fails all
/// questions, and hangs no more, once the descriptor is closed. -1: it may not be mounted.
inline int mount_hanging(const std::string& folder) {
  const int server = ::open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (server < 0) return -1;
  const std::string options = "fd=" + std::to_string(server) + ",rootmode=40000,user_id=" + std::to_string(getuid()) +
                              ",group_id=" + std::to_string(getgid());
  if (mount("nobody", folder.c_str(), "fuse", 0, options.c_str()) == 0) return server;
  ::close(server);
  return -1;
}

}  // namespace taffrail
