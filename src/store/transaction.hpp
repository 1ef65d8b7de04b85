#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "store/blob.hpp"
#include "store/connection.hpp"
#include "store/statement.hpp"

namespace taffrail::store {

/// What a reading function gets: the database as it stands when the function first asks, whatever is written meanwhile.
/// Statements and blobs that it takes must end with it.
class Snapshot {
 public:
  explicit Snapshot(Connection& connection) : connection_(connection) {}
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  /// The rows of a SELECT with its parameters `?1, ?2, …`. The text, without a semicolon, is the cache's key: keep it a
  /// constant and pass what varies as parameters.
  template <class... Values>
  [[nodiscard]] Result<Statement> query(std::string_view sql, const Values&... values) {
    return connection_.query(sql, values...);
  }
  /// A BLOB, to be read in parts.
  [[nodiscard]] Result<Blob> blob(const char* table, const char* column, std::int64_t row) {
    return Blob::open(connection_.handle(), table, column, row);
  }

 protected:
  Connection& connection() { return connection_; }

 private:
  Connection& connection_;
};

/// What a writing function gets. It sees what was written before it, by its group too, and its changes are kept or
/// undone as one. It must not begin, end or undo transactions.
class Transaction : public Snapshot {
 public:
  using Snapshot::Snapshot;

  /// Runs one statement with its parameters to its end.
  template <class... Values>
  [[nodiscard]] Result<> run(std::string_view sql, const Values&... values) {
    return connection().run(sql, values...);
  }
  /// The rowid of the last row that was inserted.
  [[nodiscard]] std::int64_t last_row() { return row_of_last_insert(connection().handle()); }
  /// Rows that the last statement changed.
  [[nodiscard]] std::int64_t changed_rows() { return rows_changed(connection().handle()); }

 private:
  static std::int64_t row_of_last_insert(sqlite3* database);
  static std::int64_t rows_changed(sqlite3* database);
};

}  // namespace taffrail::store
