#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/container.hpp"

namespace taffrail::history {

/// Which lines are written.
struct ExportOptions {
  std::function<bool(const Container&)> wants;  ///< empty: all containers
  std::optional<Time> since;                    ///< that state this time or a later one
  std::optional<Time> until;                    ///< that state an earlier one
};

struct ExportReport {
  std::uint64_t logs = 0;
  std::uint64_t lines = 0;
  std::uint64_t damaged = 0;  ///< blocks that cannot be read, each told as a gap
};

/// Writes the lines of a history.db as NDJSON (docs/formats/history-export.md), log by log, from which they can be
/// imported as they were: names, places, bytes. Possible while a server works with it. Errors: the store's, and io when
/// `out` takes no more.
[[nodiscard]] Result<ExportReport> export_lines(const std::filesystem::path& file, const ExportOptions& options,
                                                std::ostream& out);

}  // namespace taffrail::history
