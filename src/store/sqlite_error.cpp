#include "store/sqlite_error.hpp"

#include <cerrno>
#include <cstring>
#include <sqlite3.h>
#include <string>

namespace taffrail::store {
namespace {

/// The file's name, for messages.
std::string name_of(sqlite3* database) {
  const char* name = database ? sqlite3_db_filename(database, "main") : nullptr;
  return name && *name ? name : "the database";
}

/// The errno behind a failed read or write, 0 when SQLite has forgotten it. It tells of the database; a commit writes
/// to the log, which has to be asked itself.
int disk_error(sqlite3* database) {
  if (const int number = sqlite3_system_errno(database); number != 0) return number;
  for (const int which : {SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER}) {
    sqlite3_file* file = nullptr;
    int number = 0;
    if (sqlite3_file_control(database, "main", which, static_cast<void*>(&file)) == SQLITE_OK && file &&
        file->pMethods && file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &number) == SQLITE_OK &&
        number != 0)
      return number;
  }
  return 0;
}

/// SQLite knows ENOSPC only; a quota or a limit of the file's size is the same thing to a person.
bool is_full(sqlite3* database, int code) {
  if ((code & 0xFF) == SQLITE_FULL) return true;
  if ((code & 0xFF) != SQLITE_IOERR || !database) return false;
  const int number = disk_error(database);
  return number == ENOSPC || number == EDQUOT || number == EFBIG;
}

}  // namespace

Error sqlite_error(sqlite3* database, int code, std::string_view what) {
  const std::string head = name_of(database) + ": " + std::string(what) + ": ";
  if (is_full(database, code))
    return {ErrorCode::no_space, head + "no space is left for it; make room, and writing goes on by itself"};
  const std::string reason = database ? sqlite3_errmsg(database) : sqlite3_errstr(code);
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::conflict, head + "another process holds it; stop that one (is a second server running?)"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorCode::damaged, head + reason + "; restart the server: it sets a damaged file aside and begins anew"};
    case SQLITE_IOERR: {
      const int number = database ? disk_error(database) : 0;
      const std::string cause = number != 0 ? std::string(" (") + std::strerror(number) + ")" : "";
      return {ErrorCode::io, head + reason + cause + "; look at the disk and the system's log"};
    }
    case SQLITE_CANTOPEN: {
      const int number = database ? sqlite3_system_errno(database) : 0;
      if (number != 0) return system_error(head + "open", number);
      return {ErrorCode::io, head + reason};
    }
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {ErrorCode::permission_denied, head + reason + "; give it to the user who runs the server"};
    case SQLITE_INTERRUPT: return {ErrorCode::timeout, head + "it took too long and was ended"};
    case SQLITE_TOOBIG: return {ErrorCode::too_large, head + reason};
    case SQLITE_CONSTRAINT: return {ErrorCode::conflict, head + reason};
    case SQLITE_NOMEM: return {ErrorCode::unavailable, head + "no memory was left"};
    default: return {ErrorCode::internal, head + reason};
  }
}

}  // namespace taffrail::store
