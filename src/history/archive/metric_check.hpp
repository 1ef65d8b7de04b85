#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "base/result.hpp"

namespace taffrail::history {

/// What a check of metrics went through.
struct MetricReport {
  std::uint64_t series = 0;  ///< containers
  std::uint64_t points = 0;  ///< that could be read, those of frames among them
  std::uint64_t events = 0;
  std::uint64_t faults = 0;  ///< that were told
};

/// Holds all of a metrics.db against itself, and tells what is wrong, a sentence each: the trees and indexes of SQLite,
/// the checksums of blocks and frames, whether their points lie where their rows say, and events. Only reads, a row at
/// a time, so a server may work with it. Errors: it cannot be opened.
[[nodiscard]] Result<MetricReport> check_metrics(const std::filesystem::path& file,
                                                 const std::function<void(const std::string&)>& tell);

}  // namespace taffrail::history
