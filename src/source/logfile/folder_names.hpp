#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "source/logfile/log_file.hpp"

namespace taffrail::logfile {

/// The names in folders that rotated files may have, for those who open many logs of one folder: each open looks for
/// its log's rotated files, and a thousand that each go through a thousand names cost more than all their lines.
///
/// What was listed is given again while the folder's time of change is the same, unless that was younger than
/// `settles_after` when it was listed: file systems keep that time in steps, of up to two seconds, so a change soon
/// after another one need not show in it. Nothing is given again for longer than `most_age`, for file systems that do
/// not keep the time of a folder, and nothing at all of remote ones, whose time may be remembered on the way.
///
/// From any thread; touches the file system, without holding the lock.
class FolderNames {
 public:
  using Names = std::shared_ptr<const std::vector<std::string>>;  // sorted

  static constexpr Duration settles_after = std::chrono::seconds(2);
  static constexpr Duration most_age = std::chrono::seconds(1);
  /// Logs that are opened together lie in one folder or a few. More would hold more names, of `most_names` each.
  static constexpr std::size_t most_folders = 4;
  /// Bounds what is looked at in one folder; a folder with more files is no place where one log is rotated.
  static constexpr std::size_t most_names = 100'000;

  /// The names in the folder of which one may be that of a rotated file: they end with digits and what stands between
  /// them, and perhaps `.gz` behind. None where it cannot be read.
  [[nodiscard]] Names in(const std::string& folder);

  /// How often a folder was gone through.
  [[nodiscard]] std::size_t listings() const;

 private:
  struct Listing {
    std::string folder;
    FileIdentity identity;
    Time modified;
    SteadyTime listed;
    Names names;
  };

  mutable std::mutex mutex_;
  std::list<Listing> listings_;  // the newest first
  std::size_t count_ = 0;
};

}  // namespace taffrail::logfile
