#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "base/result.hpp"

struct sqlite3_stmt;

namespace taffrail::store {

class StatementCache;

using Bytes = std::span<const std::byte>;

/// One use of a compiled statement: bind, step through its rows, read their columns. It borrows the statement from its
/// connection's cache and gives it back, without bindings, when it ends; it must end before its connection and its
/// transaction do.
///
/// A parameter that cannot be bound is told by the next `step`, so that binding reads as one line.
class Statement {
 public:
  Statement(Statement&& other) noexcept
      : cache_(std::exchange(other.cache_, nullptr)), statement_(other.statement_), failed_(other.failed_) {}
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  /// Binds parameter `index`, from 1 on. Text and bytes are copied.
  void bind(int index, std::int64_t value);
  void bind(int index, double value);
  void bind(int index, std::string_view value);
  void bind(int index, Bytes value);
  void bind(int index, std::nullptr_t);
  void bind(int index, std::integral auto value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, const char* value) { bind(index, std::string_view(value)); }

  /// Goes to the next row. False after the last one.
  [[nodiscard]] Result<bool> step();
  /// Steps to the end, whatever rows there are.
  [[nodiscard]] Result<> run();

  /// The columns of the row that `step` came to, from 0 on, converted as SQLite does (NULL is 0 or empty). Views live
  /// until the next `step`.
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] Bytes bytes(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  friend class StatementCache;
  Statement(StatementCache& cache, sqlite3_stmt* statement) : cache_(&cache), statement_(statement) {}
  void note(int code) {
    if (failed_ == 0) failed_ = code;
  }

  StatementCache* cache_;  // null: moved from
  sqlite3_stmt* statement_;
  int failed_ = 0;  // SQLite's result of the first parameter that could not be bound
};

}  // namespace taffrail::store
