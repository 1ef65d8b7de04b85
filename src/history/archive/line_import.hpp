#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>

#include "base/result.hpp"
#include "history/archive/metric_import.hpp"

namespace taffrail::history {

struct ImportReport {
  std::uint64_t logs = 0;
  std::uint64_t lines = 0;  ///< that were stored
  std::uint64_t known = 0;  ///< that were passed over, for lines from before to behind them were stored already
  MetricImportReport metrics;
};

/// Reads what `export_lines` wrote into a history.db, and what `export_metrics` wrote into a metrics.db, which are made
/// where there are none, under the same names and in the same order. Nothing is stored twice, so an import that was
/// broken off is repeated. No server may work with the files. Errors: invalid_argument with the number of the line that
/// is wrong, where what stands before it is stored; the store's.
[[nodiscard]] Result<ImportReport> import_history(const std::filesystem::path& file,
                                                  const std::filesystem::path& metrics, std::istream& in);

}  // namespace taffrail::history
