#pragma once

#include <string_view>

#include "base/result.hpp"

struct sqlite3;

namespace taffrail::store {

/// What SQLite says went wrong, for a person: `what` was tried ("commit"), on which file, why, and what can be done.
///
/// full disk, quota, file size limit → no_space; held by another process → conflict; not a database or malformed →
/// damaged; may not be written → permission_denied; interrupted → timeout; too large a value → too_large; a statement
/// or constraint that is wrong → invalid_argument or conflict; any other failure of the disk → io.
///
/// @param database may be null when even opening it failed for want of memory
/// @param code a result of SQLite's, extended or not; never SQLITE_OK
[[nodiscard]] Error sqlite_error(sqlite3* database, int code, std::string_view what);

}  // namespace taffrail::store
