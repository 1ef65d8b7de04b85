#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace taffrail {

/// The directory that a server keeps its data in, held by a lock that goes with the process.
class DataDirectory {
 public:
  /// Makes the directory (mode 0700) where it is missing and locks it. Errors: conflict when another server holds it,
  /// else what the operating system says, each with the path.
  [[nodiscard]] static Result<DataDirectory> open(const std::filesystem::path& path);

  DataDirectory(DataDirectory&& other) noexcept
      : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}
  DataDirectory& operator=(DataDirectory&&) = delete;
  ~DataDirectory();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  DataDirectory(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::filesystem::path path_;
  int lock_;
};

/// Where data is kept when nothing is said: $XDG_DATA_HOME/taffrail; without that variable /var/lib/taffrail for root,
/// else ~/.local/share/taffrail, which is what the XDG base directory specification takes for it.
/// @param variable the value of an environment variable, if it is set
[[nodiscard]] std::filesystem::path default_data_directory(
    const std::function<std::optional<std::string>(const char*)>& variable, bool is_root);

}  // namespace taffrail
