#include "store/blob.hpp"

#include <sqlite3.h>
#include <string>

#include "store/sqlite_error.hpp"

namespace taffrail::store {
namespace {

/// SQLite says SQLITE_ERROR for a row that is not there, a column that is not there and a value that is a number.
std::unexpected<Error> refused(sqlite3* database, int code, std::int64_t row) {
  if ((code & 0xFF) != SQLITE_ERROR) return std::unexpected(sqlite_error(database, code, "open a blob"));
  const std::string reason = sqlite3_errmsg(database);
  const bool gone = reason.starts_with("no such rowid");
  return fail(gone ? ErrorCode::not_found : ErrorCode::invalid_argument,
              "the blob of row " + std::to_string(row) + ": " + reason);
}

}  // namespace

void Blob::Close::operator()(sqlite3_blob* blob) const { sqlite3_blob_close(blob); }

Result<Blob> Blob::open(sqlite3* database, const char* table, const char* column, std::int64_t row) {
  sqlite3_blob* opened = nullptr;
  const int code = sqlite3_blob_open(database, "main", table, column, row, 0, &opened);
  if (code != SQLITE_OK) return refused(database, code, row);
  return Blob(database, opened);
}

std::size_t Blob::size() const { return static_cast<std::size_t>(sqlite3_blob_bytes(blob_.get())); }

Result<> Blob::read(std::size_t offset, std::span<std::byte> into) const {
  if (offset > size() || into.size() > size() - offset)
    return fail(ErrorCode::invalid_argument, "bytes " + std::to_string(offset) + " to " +
                                                 std::to_string(offset + into.size()) + " of a blob that has " +
                                                 std::to_string(size()));
  // Both fit an int: a BLOB is smaller than 2 GiB.
  const int code = sqlite3_blob_read(blob_.get(), into.data(), static_cast<int>(into.size()), static_cast<int>(offset));
  if (code != SQLITE_OK) return std::unexpected(sqlite_error(database_, code, "read a blob"));
  return {};
}

Result<> Blob::move_to(std::int64_t row) {
  const int code = sqlite3_blob_reopen(blob_.get(), row);
  if (code != SQLITE_OK) return refused(database_, code, row);
  return {};
}

}  // namespace taffrail::store
