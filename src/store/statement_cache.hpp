#pragma once

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.hpp"
#include "store/statement.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace taffrail::store {

/// The compiled statements of one connection by their text, at most limits::cached_statements of them.
class StatementCache {
 public:
  explicit StatementCache(sqlite3* database) : database_(database) {}
  ~StatementCache() { clear(); }
  StatementCache(const StatementCache&) = delete;
  StatementCache& operator=(const StatementCache&) = delete;

  /// The statement of that text, compiled now if it has to be. A text that is already in use is compiled once more.
  [[nodiscard]] Result<Statement> take(std::string_view sql);
  /// Finalizes all; none may be in use.
  void clear();
  [[nodiscard]] std::size_t size() const { return idle_.size(); }

 private:
  friend class Statement;
  void give_back(sqlite3_stmt* statement);

  sqlite3* database_;
  // The idle ones, longest unused first. The keys are the statements' own texts, which live as long as they do.
  std::list<sqlite3_stmt*> idle_;
  std::unordered_map<std::string_view, std::list<sqlite3_stmt*>::iterator> by_text_;
};

}  // namespace taffrail::store
