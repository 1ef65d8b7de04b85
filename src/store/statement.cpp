#include "store/statement.hpp"

#include <sqlite3.h>

#include "store/sqlite_error.hpp"
#include "store/statement_cache.hpp"

namespace taffrail::store {

Statement::~Statement() {
  if (cache_) cache_->give_back(statement_);
}

void Statement::bind(int index, std::int64_t value) { note(sqlite3_bind_int64(statement_, index, value)); }
void Statement::bind(int index, double value) { note(sqlite3_bind_double(statement_, index, value)); }
void Statement::bind(int index, std::nullptr_t) { note(sqlite3_bind_null(statement_, index)); }
void Statement::bind(int index, std::string_view value) {
  // A null pointer would be taken for NULL; an empty view may have one.
  note(sqlite3_bind_text64(statement_, index, value.empty() ? "" : value.data(), value.size(), SQLITE_TRANSIENT,
                           SQLITE_UTF8));
}
void Statement::bind(int index, Bytes value) {
  if (value.empty())
    note(sqlite3_bind_zeroblob(statement_, index, 0));
  else
    note(sqlite3_bind_blob64(statement_, index, value.data(), value.size(), SQLITE_TRANSIENT));
}

Result<bool> Statement::step() {
  sqlite3* database = sqlite3_db_handle(statement_);
  if (failed_ != 0) return std::unexpected(sqlite_error(database, failed_, sqlite3_sql(statement_)));
  switch (const int code = sqlite3_step(statement_)) {
    case SQLITE_ROW: return true;
    case SQLITE_DONE: return false;
    default: return std::unexpected(sqlite_error(database, code, sqlite3_sql(statement_)));
  }
}

Result<> Statement::run() {
  for (;;) {
    auto row = step();
    if (!row) return forward(row);
    if (!*row) return {};
  }
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }
double Statement::real(int column) const { return sqlite3_column_double(statement_, column); }
std::string_view Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return data ? std::string_view(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)))
              : std::string_view();
}
Bytes Statement::bytes(int column) const {
  const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
  return data ? Bytes(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))) : Bytes();
}
bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

}  // namespace taffrail::store
