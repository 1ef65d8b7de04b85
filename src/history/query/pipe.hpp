#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "expr/condition.hpp"
#include "expr/environment.hpp"
#include "expr/expr_error.hpp"
#include "expr/program.hpp"
#include "history/query/aggregate.hpp"

namespace taffrail::history {

/// What lines are grouped by.
struct GroupBy {
  /// What of a line it takes to tell the value.
  enum class Of : std::uint8_t {
    log,     ///< nothing but its container
    level,   ///< the variable `level` and nothing else
    stream,  ///< likewise
    time,    ///< `bucket(time, …)`
    line,    ///< the whole line
  };
  Of of = Of::line;
  std::shared_ptr<const expr::Program> program;  ///< of the value; of a bucket what is in it
  Duration step{};                               ///< of a bucket of times; else 0
  double width = 0;                              ///< of a bucket of numbers; else 0
};

/// A column of the answer: first the groups', then the aggregates'.
struct Column {
  std::string name;  ///< what `as` says, else what it is about: "count", "container.service", "p95"
  std::string text;  ///< as it was written
};

struct SortKey {
  std::size_t column = 0;
  bool descending = false;
};
struct SortRows {
  std::vector<SortKey> keys;
};
struct LimitRows {
  std::size_t rows = 0;
};
/// Keeps the rows of which a condition is true, whose variables are the columns by their names.
struct KeepRows {
  expr::Condition condition;
};
using RowStage = std::variant<SortRows, LimitRows, KeepRows>;

/// A query that was understood: which lines, how they are put together, and what becomes of the rows. Immutable.
struct Pipe {
  std::string condition;  ///< over a log line; empty: all lines
  std::vector<GroupBy> groups;
  std::vector<Aggregate> aggregates;
  std::vector<Column> columns;
  std::vector<RowStage> stages;                                        ///< in their order
  std::vector<std::unique_ptr<const expr::Environment>> environments;  ///< of the conditions over rows

  /// The place of the one bucket of times among the groups, which makes the answer a series; else `groups.size()`.
  [[nodiscard]] std::size_t series_group() const;
  /// Whether levels and times are all that it needs of a line.
  [[nodiscard]] bool counts_only() const;
};

/// Reads a query:
///
///     QUERY     = [ SEARCH ] { "|" "where" EXPR } [ "|" ] AGGREGATES { "|" STAGE }
///     AGGREGATES = AGGREGATE { "," AGGREGATE } [ "by" GROUP { "," GROUP } ]
///     AGGREGATE = NAME "(" [ EXPR [ "," NUMBER ] ] ")" [ "as" NAME ]
///     GROUP     = ( "bucket(" EXPR "," WIDTH ")" | EXPR ) [ "as" NAME ]
///     STAGE     = "where" EXPR | "sort" KEY { "," KEY } | "limit" NUMBER
///     KEY       = [ COLUMN ] [ "asc" | "desc" ]
///
/// SEARCH is what a search box takes (expr/search.hpp). A `|` outside of brackets begins a stage, so the language's own
/// pipe stands in brackets here. Expressions are read by `expr` alone.
/// @return the query, or the first fault with its place in `source`
[[nodiscard]] expr::Outcome<Pipe> parse_pipe(std::string_view source);

}  // namespace taffrail::history
