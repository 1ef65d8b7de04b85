#include "store/transaction.hpp"

#include <sqlite3.h>

namespace taffrail::store {

std::int64_t Transaction::row_of_last_insert(sqlite3* database) { return sqlite3_last_insert_rowid(database); }
std::int64_t Transaction::rows_changed(sqlite3* database) { return sqlite3_changes64(database); }

}  // namespace taffrail::store
