#include "store/migration.hpp"

#include <sqlite3.h>
#include <string>

#include "store/sqlite_error.hpp"

namespace taffrail::store {
namespace {

Result<> run_all(Connection& connection, std::size_t version, const Migration& migration) {
  const int code = sqlite3_exec(connection.handle(), std::string(migration.sql).c_str(), nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return {};
  Error error = sqlite_error(
      connection.handle(), code,
      "change its schema to version " + std::to_string(version) + " (" + std::string(migration.what) + ")");
  return std::unexpected(std::move(error));
}

Result<> run_steps(Connection& connection, std::uint32_t application, std::size_t version,
                   std::span<const Migration> migrations) {
  // It was read before the lock was taken.
  auto now = connection.number("PRAGMA user_version");
  if (!now) return forward(now);
  if (static_cast<std::uint64_t>(*now) != version)
    return fail(ErrorCode::conflict, "another process changes the schema at this moment; is a second server running?");
  for (std::size_t i = version; i < migrations.size(); ++i) {
    auto done = run_all(connection, i + 1, migrations[i]);
    if (!done) return done;
    if (!connection.in_transaction())
      return fail(ErrorCode::internal, "the step \"" + std::string(migrations[i].what) + "\" ended the transaction");
  }
  // Parameters cannot stand in a PRAGMA.
  auto marked = connection.run("PRAGMA application_id=" + std::to_string(static_cast<std::int32_t>(application)));
  if (!marked) return marked;
  return connection.run("PRAGMA user_version=" + std::to_string(migrations.size()));
}

}  // namespace

Result<std::size_t> schema_version(Connection& connection, std::uint32_t application, std::size_t known) {
  auto version = connection.number("PRAGMA user_version");
  if (!version) return forward(version);
  auto owner = connection.number("PRAGMA application_id");
  if (!owner) return forward(owner);
  auto tables = connection.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return forward(tables);
  const std::string file = sqlite3_db_filename(connection.handle(), "main");
  if (*tables == 0 && *version == 0) return std::size_t{0};
  if (static_cast<std::uint32_t>(*owner) != application)
    return fail(ErrorCode::conflict, file + " is a database of another program; move it away");
  if (*version < 0 || static_cast<std::uint64_t>(*version) > known)
    return fail(ErrorCode::unsupported, file + " was written by a newer version (its schema is " +
                                            std::to_string(*version) + ", this one knows up to " +
                                            std::to_string(known) + "); use that version, or move the file away");
  return static_cast<std::size_t>(*version);
}

Result<> migrate(Connection& connection, std::uint32_t application, std::size_t version,
                 std::span<const Migration> migrations) {
  if (version == migrations.size()) return {};
  auto begun = connection.run("BEGIN IMMEDIATE");
  if (!begun) return begun;
  auto done = run_steps(connection, application, version, migrations);
  if (done) done = connection.run("COMMIT");
  if (!done) connection.abandon_transaction();
  return done;
}

}  // namespace taffrail::store
