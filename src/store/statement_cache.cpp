#include "store/statement_cache.hpp"

#include <limits>
#include <sqlite3.h>

#include "store/sqlite_error.hpp"
#include "store/store_limits.hpp"

namespace taffrail::store {

Result<Statement> StatementCache::take(std::string_view sql) {
  if (const auto known = by_text_.find(sql); known != by_text_.end()) {
    sqlite3_stmt* statement = *known->second;
    idle_.erase(known->second);
    by_text_.erase(known);
    return Statement(*this, statement);
  }
  if (sql.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    return fail(ErrorCode::too_large, "a statement of over 2 GiB");
  sqlite3_stmt* statement = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                      &statement, &rest);
  if (code != SQLITE_OK) return std::unexpected(sqlite_error(database_, code, sql));
  const std::string_view unread = sql.substr(static_cast<std::size_t>(rest - sql.data()));
  if (!statement || unread.find_first_not_of(" \n;") != std::string_view::npos) {
    sqlite3_finalize(statement);
    return fail(ErrorCode::invalid_argument, "not one statement: " + std::string(sql));
  }
  return Statement(*this, statement);
}

void StatementCache::give_back(sqlite3_stmt* statement) {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  idle_.push_back(statement);
  // SQLite keeps the text up to the first semicolon; callers write none.
  if (!by_text_.try_emplace(sqlite3_sql(statement), std::prev(idle_.end())).second) {
    idle_.pop_back();  // a second one of the same text
    sqlite3_finalize(statement);
    return;
  }
  if (idle_.size() <= limits::cached_statements) return;
  by_text_.erase(sqlite3_sql(idle_.front()));
  sqlite3_finalize(idle_.front());
  idle_.pop_front();
}

void StatementCache::clear() {
  by_text_.clear();
  for (sqlite3_stmt* statement : idle_) sqlite3_finalize(statement);
  idle_.clear();
}

}  // namespace taffrail::store
