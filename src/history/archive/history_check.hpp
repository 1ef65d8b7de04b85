#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "base/result.hpp"

namespace taffrail::history {

/// What a check went through.
struct CheckReport {
  std::uint64_t logs = 0;
  std::uint64_t blocks = 0;
  std::uint64_t lines = 0;   ///< that could be read
  std::uint64_t faults = 0;  ///< that were told
};

/// Holds all of a history.db against itself, and tells what is wrong, a sentence each: the trees and indexes of SQLite;
/// of each block its checksums, its row and its roll-up against its lines, its filter against what searches would ask
/// of it for these lines; the order of blocks; and what belongs to nothing. Only reads, a block at a time, so a server
/// may work with it: what that merges or drops meanwhile is passed over. Errors: it cannot be opened.
[[nodiscard]] Result<CheckReport> check_history(const std::filesystem::path& file,
                                                const std::function<void(const std::string&)>& tell);

}  // namespace taffrail::history
