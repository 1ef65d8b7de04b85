#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace taffrail {

/// How full a file system is, in bytes.
struct DiskUse {
  std::uint64_t total = 0;
  std::uint64_t free = 0;
  std::uint64_t available = 0;  ///< to those who are not root
  [[nodiscard]] std::uint64_t used() const { return total - std::min(total, free); }
  /// 0 to 100; of nothing, 0.
  [[nodiscard]] double used_percent() const {
    return total == 0 ? 0 : 100 * static_cast<double>(used()) / static_cast<double>(total);
  }
  friend bool operator==(const DiskUse&, const DiskUse&) = default;
};

/// The file system that `path` lies on. Blocking: on a mount that hangs for as long as that hangs.
///
/// @param root where the file system is mounted that `path` is of; symbolic links lead where they do there, never out
///        of it. Empty: our own
/// Errors: those of the system calls; unsupported for one that has no size (/proc).
[[nodiscard]] Result<DiskUse> disk_use(const std::string& root, const std::string& path);

}  // namespace taffrail
