#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "store/statement.hpp"
#include "store/statement_cache.hpp"

struct sqlite3;

namespace taffrail::store {

/// One connection to a database file, for one thread at a time.
class Connection {
 public:
  enum class Mode {
    read,    ///< may not change anything
    write,   ///< the file exists
    create,  ///< the file is made, for its owner only, when it does not exist
  };

  /// Opens and sets what every connection has: its cache, no mmap, how long it waits for other processes. What is
  /// wrong with the file itself is mostly found by the first statement.
  [[nodiscard]] static Result<Connection> open(const std::filesystem::path& path, Mode mode);

  /// The statement of that text; see Statement.
  [[nodiscard]] Result<Statement> prepare(std::string_view sql) { return statements_->take(sql); }
  /// Runs one statement with these parameters to its end.
  template <class... Values>
  [[nodiscard]] Result<> run(std::string_view sql, const Values&... values) {
    auto statement = query(sql, values...);
    if (!statement) return forward(statement);
    return statement->run();
  }
  /// The statement with these parameters bound, before its first row.
  template <class... Values>
  [[nodiscard]] Result<Statement> query(std::string_view sql, const Values&... values) {
    auto statement = prepare(sql);
    if (!statement) return statement;
    [[maybe_unused]] int index = 0;
    (statement->bind(++index, values), ...);
    return statement;
  }
  /// The first column of the first row, 0 where there is none.
  [[nodiscard]] Result<std::int64_t> number(std::string_view sql);

  /// From now on statements end with timeout at that time, or when `stop` becomes true. `stop` lives until the next
  /// call; nothing takes both away.
  void set_deadline(std::optional<std::chrono::steady_clock::time_point> deadline, const std::atomic<bool>* stop);
  /// How long this connection waits for a lock of another one.
  void set_busy_limit(std::chrono::milliseconds limit);

  /// Whether a transaction is open: SQLite ends one by itself when the disk fails.
  [[nodiscard]] bool in_transaction() const;
  /// Undoes the open transaction, if there is one. That this may fail as well is no news: what failed before tells why.
  void abandon_transaction();
  [[nodiscard]] sqlite3* handle() const { return database_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  struct Limit {
    std::optional<std::chrono::steady_clock::time_point> deadline;
    const std::atomic<bool>* stop = nullptr;
  };

  explicit Connection(sqlite3* database)
      : limit_(std::make_unique<Limit>()),
        database_(database),
        statements_(std::make_unique<StatementCache>(database)) {}

  std::unique_ptr<Limit> limit_;  // SQLite holds its address
  std::unique_ptr<sqlite3, Close> database_;
  std::unique_ptr<StatementCache> statements_;
};

}  // namespace taffrail::store
