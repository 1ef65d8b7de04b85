#include "store/reserve.hpp"

#include <filesystem>
#include <sqlite3.h>
#include <system_error>

#include "store/sqlite_error.hpp"
#include "store/store_limits.hpp"

namespace taffrail::store {
namespace {

/// Has a file of SQLite's be `bytes` long, and a whole number of chunks, with room on the disk for all of it.
bool take_room(sqlite3_file& file, sqlite3_int64 bytes, int chunk) {
  int none = 0;
  bool taken = file.pMethods->xFileControl(&file, SQLITE_FCNTL_CHUNK_SIZE, &chunk) == SQLITE_OK &&
               file.pMethods->xFileControl(&file, SQLITE_FCNTL_SIZE_HINT, &bytes) == SQLITE_OK;
  // Else a file that is cut later would be made longer without room.
  return file.pMethods->xFileControl(&file, SQLITE_FCNTL_CHUNK_SIZE, &none) == SQLITE_OK && taken;
}

struct OpenFile {
  sqlite3_file* file = nullptr;
  sqlite3_int64 bytes = 0;
};
/// @param which SQLITE_FCNTL_FILE_POINTER or SQLITE_FCNTL_JOURNAL_POINTER
OpenFile file_of(Connection& connection, int which) {
  OpenFile open;
  if (sqlite3_file_control(connection.handle(), "main", which, static_cast<void*>(&open.file)) != SQLITE_OK ||
      open.file == nullptr || open.file->pMethods == nullptr ||
      open.file->pMethods->xFileSize(open.file, &open.bytes) != SQLITE_OK)
    return {};
  return open;
}

}  // namespace

Result<> reserve_pages(Connection& connection) {
  auto pages = connection.number("PRAGMA page_count");
  if (!pages) return forward(pages);
  const sqlite3_int64 bytes = *pages * limits::page_bytes;
  const OpenFile open = file_of(connection, SQLITE_FCNTL_FILE_POINTER);
  if (open.file == nullptr || bytes <= open.bytes || take_room(*open.file, bytes, limits::file_chunk_bytes) ||
      take_room(*open.file, bytes, limits::page_bytes))
    return {};
  // SQLite forgets why; to take room fails for want of it.
  return std::unexpected(sqlite_error(connection.handle(), SQLITE_FULL, "take room"));
}

void reserve_log(Connection& connection, std::size_t bytes) {
  const OpenFile open = file_of(connection, SQLITE_FCNTL_JOURNAL_POINTER);
  const auto wanted = static_cast<sqlite3_int64>(bytes);
  if (open.file == nullptr || open.bytes >= wanted) return;
  std::error_code unknown;
  const auto space = std::filesystem::space(sqlite3_db_filename(connection.handle(), "main"), unknown);
  if (unknown || space.available / 4 < bytes) return;
  // Zeros behind the last frame are nothing to SQLite. Without room the log grows as it must.
  (void)take_room(*open.file, wanted, limits::page_bytes);
}

}  // namespace taffrail::store
