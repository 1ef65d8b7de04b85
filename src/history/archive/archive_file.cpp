#include "history/archive/archive_file.hpp"

#include <fmt/format.h>
#include <ostream>
#include <system_error>

#include "history/history_schema.hpp"
#include "history/metric/metric_schema.hpp"
#include "store/database_file.hpp"
#include "store/migration.hpp"
#include "store/salvage_order.hpp"

namespace taffrail::history {

Result<store::Connection> open_archive(const std::filesystem::path& file, ArchiveOf what) {
  std::error_code failed;
  if (!std::filesystem::exists(file, failed) && !failed)
    return fail(ErrorCode::not_found, "there is no " + file.string());
  auto connection = store::Connection::open(file, store::Connection::Mode::read);
  if (!connection) return connection;
  const std::size_t known = what == ArchiveOf::lines ? history_schema.size() : metric_schema.size();
  auto version = store::schema_version(*connection, store::DatabaseFile{}.application, known);
  if (!version) return forward(version);
  if (*version != known)
    return fail(ErrorCode::unsupported,
                file.string() + " is of an earlier version: start this release's server on it once");
  return connection;
}

Result<store::Connection> open_for_import(const std::filesystem::path& file, std::span<const store::Migration> schema) {
  auto opened = store::open_database({.path = file, .migrations = schema});
  if (!opened) return forward(opened);
  if (!opened->report.set_aside) return std::move(opened->connection);
  if (auto ordered = store::order_salvage(file, *opened->report.set_aside); !ordered) return forward(ordered);
  return fail(
      ErrorCode::damaged,
      fmt::format("{} was damaged ({}) and stands in {} now; start the server, which takes over what can be read "
                  "of it, and import then",
                  file.string(), opened->report.damage, opened->report.set_aside->string()));
}

Result<> write_out(std::ostream& out, std::string_view text) {
  if (out.write(text.data(), static_cast<std::streamsize>(text.size()))) return {};
  return fail(ErrorCode::io, "the export cannot be written: is the disk full, or the reader gone?");
}

}  // namespace taffrail::history
