#include "store/database_file.hpp"

#include <cerrno>
#include <fmt/format.h>
#include <sqlite3.h>
#include <system_error>

#include "base/time_format.hpp"

namespace taffrail::store {
namespace {

namespace fs = std::filesystem;

fs::path beside(const fs::path& path, const char* suffix) { return path.string() + suffix; }

/// Whether SQLite's own check finds the file whole. Nothing: its time was up.
Result<std::optional<bool>> check(Connection& connection, std::chrono::milliseconds limit, std::string& damage) {
  connection.set_deadline(std::chrono::steady_clock::now() + limit, nullptr);
  auto statement = connection.prepare("PRAGMA quick_check(1)");
  if (!statement) return forward(statement);
  auto row = statement->step();
  connection.set_deadline(std::nullopt, nullptr);
  if (!row && row.error().code == ErrorCode::timeout) return std::optional<bool>();
  if (!row) return forward(row);
  damage = *row ? std::string(statement->text(0)) : "the check answered nothing";
  return std::optional(damage == "ok");
}

/// Moves the database and its log to names that no file has. The log goes first: left behind, it would be taken for the
/// new database's.
Result<fs::path> set_aside(const fs::path& path) {
  // A name that can be typed: 2026-11-26T17:00:00.…Z without its colons and fraction.
  std::string stamp = to_rfc3339(std::chrono::system_clock::now()).substr(0, 19);
  std::erase(stamp, ':');
  std::erase(stamp, '-');
  fs::path target = fmt::format("{}.damaged-{}", path.string(), stamp);
  std::error_code error;
  for (int i = 2; fs::exists(target, error); ++i) target = fmt::format("{}.damaged-{}-{}", path.string(), stamp, i);
  fs::remove(beside(path, "-shm"), error);  // an index of the log that is made anew
  for (const char* suffix : {"-wal", ""}) {
    if (!fs::exists(beside(path, suffix), error)) continue;
    fs::rename(beside(path, suffix), beside(target, suffix), error);
    if (error)
      return std::unexpected(system_error("set " + path.string() + " aside as " + target.string(), error.value()));
  }
  return target;
}

/// What a new file is laid out by. It has to be said before the first table is made.
Result<> lay_out(Connection& connection) {
  for (const std::string& pragma :
       {fmt::format("PRAGMA page_size={}", limits::page_bytes), std::string("PRAGMA auto_vacuum=INCREMENTAL")}) {
    auto set = connection.run(pragma);
    if (!set) return set;
  }
  return {};
}

Result<> set_up_writing(Connection& connection) {
  for (const std::string& pragma :
       {std::string("PRAGMA journal_mode=WAL"), std::string("PRAGMA synchronous=NORMAL"),
        // The writer itself moves the log to the file, between two groups.
        std::string("PRAGMA wal_autocheckpoint=0"), fmt::format("PRAGMA journal_size_limit={}", limits::log_bytes)}) {
    auto set = connection.run(pragma);
    if (!set) return set;
  }
  return {};
}

Result<OpenedDatabase> open_once(const DatabaseFile& file) {
  auto connection = Connection::open(file.path, Connection::Mode::create);
  if (!connection) return forward(connection);
  OpenReport report;
  // Until the file is known to be ours and readable, closing it must not move its log into it.
  sqlite3_db_config(connection->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  auto version = schema_version(*connection, file.application, file.migrations.size());
  if (!version) return forward(version);
  report.version_found = *version;
  if (*version == 0) {
    auto done = lay_out(*connection);
    if (!done) return forward(done);
  } else {
    auto whole = check(*connection, file.check_limit, report.damage);
    if (!whole) return forward(whole);
    report.checked_whole = whole->has_value();
    if (*whole && !**whole) return fail(ErrorCode::damaged, report.damage);
    report.damage.clear();
  }
  sqlite3_db_config(connection->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
  auto done = set_up_writing(*connection);
  if (done) done = migrate(*connection, file.application, *version, file.migrations);
  if (!done) return forward(done);
  return OpenedDatabase{std::move(*connection), std::move(report)};
}

}  // namespace

Result<OpenedDatabase> open_database(const DatabaseFile& file) {
  auto opened = open_once(file);
  if (opened || opened.error().code != ErrorCode::damaged) return opened;
  auto target = set_aside(file.path);
  if (!target) return forward(target);
  std::string damage = std::move(opened.error().detail);
  opened = open_once(file);
  if (!opened) return opened;
  opened->report.set_aside = std::move(*target);
  opened->report.damage = std::move(damage);
  return opened;
}

}  // namespace taffrail::store
