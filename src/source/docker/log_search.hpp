#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "source/docker/log_file.hpp"

namespace taffrail::docker {

/// How a log's files are written: Docker's json-file driver, or Podman's k8s-file.
enum class LogFormat : std::uint8_t { json_file, k8s_file };

/// The time of one row; nothing for what is no row of this format.
[[nodiscard]] std::optional<Time> row_time(LogFormat format, std::string_view row);

/// The beginning of a row, or the end of a file.
struct LogPlace {
  std::size_t file = 0;  ///< index, oldest first
  std::uint64_t offset = 0;
  friend auto operator<=>(const LogPlace&, const LogPlace&) = default;
};

/// The files of one log, oldest first; never empty.
using LogFiles = std::vector<std::unique_ptr<LogFile>>;

// Finding places in a log without reading it: plain files are halved by time and walked backwards in blocks, so a tail
// of a 10 GB file costs a few blocks. Of gzip files those that may hold the place are read through, which the engine's
// max-size bounds. Blocking: for workers.

/// The beginning of the oldest row from which on all rows are at or after `time`, as far as the rows stand in order.
[[nodiscard]] Result<LogPlace> find_time(const LogFiles& files, LogFormat format, Time time);

/// The rows of exactly this time, where the log stands in order: the place of the first, and one behind the last.
/// Nothing where a search does not meet such a row.
struct LogRange {
  LogPlace begin;
  LogPlace end;
};
[[nodiscard]] Result<std::optional<LogRange>> find_rows(const LogFiles& files, LogFormat format, Time time);

/// Behind the last whole row.
[[nodiscard]] Result<LogPlace> end_of(const LogFiles& files);

/// The place `rows` rows before `from`, or the beginning of the log where it has fewer.
[[nodiscard]] Result<LogPlace> step_back(const LogFiles& files, LogPlace from, std::uint64_t rows);

}  // namespace taffrail::docker
