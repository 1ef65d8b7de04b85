#include "app/data_directory.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace taffrail {
namespace {

/// What the holder of the lock wrote into it: its process id.
std::string read_holder(int lock) {
  std::array<char, 32> text{};
  const ssize_t size = pread(lock, text.data(), text.size() - 1, 0);
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "unknown";
}

}  // namespace

Result<DataDirectory> DataDirectory::open(const std::filesystem::path& path) {
  const std::string what = "data directory " + path.string();
  std::error_code failed;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), failed);
  if (failed) return std::unexpected(system_error(what, failed.value()));
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return std::unexpected(system_error(what, errno));

  const std::filesystem::path file = path / "lock";
  const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock < 0) return std::unexpected(system_error(what + ": open its lock file", errno));
  DataDirectory directory(path, lock);
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return std::unexpected(system_error(what + ": lock", errno));
    return fail(ErrorCode::conflict, what + " is in use by another server (process " + read_holder(lock) +
                                         "); stop that one, or give this one its own with --data");
  }
  const std::string pid = std::to_string(getpid());
  if (ftruncate(lock, 0) != 0 || pwrite(lock, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
    return std::unexpected(system_error(what + ": write its lock file", errno));
  return directory;
}

DataDirectory::~DataDirectory() {
  // The file stays: to remove it would race with a server that has just opened it. The lock goes with the descriptor.
  if (lock_ >= 0) ::close(lock_);
}

std::filesystem::path default_data_directory(const std::function<std::optional<std::string>(const char*)>& variable,
                                             bool is_root) {
  if (const auto xdg = variable("XDG_DATA_HOME"); xdg && !xdg->empty()) return std::filesystem::path(*xdg) / "taffrail";
  const auto home = variable("HOME");
  if (is_root || !home || home->empty()) return "/var/lib/taffrail";
  return std::filesystem::path(*home) / ".local/share/taffrail";
}

}  // namespace taffrail
