#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <span>
#include <string_view>

#include "base/result.hpp"
#include "store/connection.hpp"
#include "store/migration.hpp"
#include "store/transaction.hpp"

namespace taffrail::history {

/// What a database has.
enum class ArchiveOf : std::uint8_t {
  lines,    ///< history.db
  metrics,  ///< metrics.db
};

/// Opens a database to be read, beside a server that may work with it. Errors: not_found, unsupported when it is of
/// another version, damaged, and what else the store says.
[[nodiscard]] Result<store::Connection> open_archive(const std::filesystem::path& file, ArchiveOf what);

/// Opens a database for an import, or makes it. Errors: the store's; damaged when it was set aside, whose salvage is
/// ordered then.
[[nodiscard]] Result<store::Connection> open_for_import(const std::filesystem::path& file,
                                                        std::span<const store::Migration> schema);

/// Adds to an export. Error: io when it takes no more.
[[nodiscard]] Result<> write_out(std::ostream& out, std::string_view text);

/// Runs `function(Snapshot&)` in a reading of its own. Short ones, one after the other, hold up nobody who writes.
template <class Function>
std::invoke_result_t<Function&, store::Snapshot&> in_snapshot(store::Connection& connection, Function function) {
  if (auto begun = connection.run("BEGIN"); !begun) return forward(begun);
  store::Snapshot snapshot(connection);
  auto outcome = function(snapshot);
  connection.abandon_transaction();
  return outcome;
}

/// Calls `take` with each row that a statement comes to.
template <class Take>
Result<> each_row(store::Statement& rows, Take take) {
  while (true) {
    auto there = rows.step();
    if (!there) return forward(there);
    if (!*there) return {};
    if (auto done = take(rows); !done) return done;
  }
}

}  // namespace taffrail::history
