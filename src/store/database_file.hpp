#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "base/result.hpp"
#include "store/connection.hpp"
#include "store/migration.hpp"
#include "store/store_limits.hpp"

namespace taffrail::store {

/// Which file, and what is in it.
struct DatabaseFile {
  std::filesystem::path path;
  std::uint32_t application = 0x54616672;                       ///< "Tafr"; marks the file as ours
  std::span<const Migration> migrations;                        ///< lives as long as the program
  std::chrono::milliseconds check_limit = limits::check_limit;  ///< 0: no check
};

/// What opening found, for the log.
struct OpenReport {
  std::size_t version_found = 0;  ///< 0: the file is new
  bool checked_whole = true;      ///< false: the check's time was up before it had seen everything
  /// A damaged file was found and stands here now; the data begin anew. `damage` says what was wrong.
  std::optional<std::filesystem::path> set_aside;
  std::string damage;
};

struct OpenedDatabase {
  Connection connection;
  OpenReport report;
};

/// Opens the one connection that writes: makes the file, checks it, sets it aside when it is damaged, and brings its
/// schema up to date. Takes up to `check_limit` and the time of the migrations: for the start of the program or a
/// worker.
///
/// Refused, with nothing changed: a schema newer than the migrations, another program's file, a file that another
/// process holds, a disk that is full or cannot be read.
[[nodiscard]] Result<OpenedDatabase> open_database(const DatabaseFile& file);

/// Damage was met while the file was in use: the next open_database checks it whole, however long that takes, since a
/// check of limited time did not find it. On any thread.
void suspect(const std::filesystem::path& path);

}  // namespace taffrail::store
