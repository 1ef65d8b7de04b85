#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>

#include "base/result.hpp"
#include "history/archive/line_export.hpp"

namespace taffrail::history {

struct MetricExportReport {
  std::uint64_t series = 0;  ///< containers
  std::uint64_t points = 0;
  std::uint64_t events = 0;
  std::uint64_t damaged = 0;  ///< blocks and frames that cannot be read, and are left out
};

/// Writes the metrics and events of a metrics.db as NDJSON (docs/formats/history-export.md), container by container,
/// from which they can be imported as they were. Possible while a server works with it.
/// @param lines the history.db beside it, which knows what the containers were; need not be there
/// @param options a point is of the time at which its step begins
/// Errors: the store's, not_found where there is no such file, and io when `out` takes no more.
[[nodiscard]] Result<MetricExportReport> export_metrics(const std::filesystem::path& file,
                                                        const std::filesystem::path& lines,
                                                        const ExportOptions& options, std::ostream& out);

}  // namespace taffrail::history
