#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "history/block/block.hpp"
#include "history/block/line_set.hpp"
#include "history/search/line_query.hpp"
#include "history/search/turn_clock.hpp"
#include "store/transaction.hpp"

namespace taffrail::history {

/// Goes through the wanted lines of one block after the other; on a worker.
///
/// Of a block of templates the candidates by the query's clauses are put together, some at a time from where the walk
/// begins, and the log's filter is asked about each: so a walk that ends after a few lines has hardly put more
/// together. A line with an escape sequence is seen without it. A literal may be parted by one, so there its beginnings
/// with an escape behind them are looked for, too.
/// Where a pattern is looked for, RegexProbe tells which lines need not be put together, and which of the others the
/// filter need not be asked about.
class BlockScan {
 public:
  /// @param query outlives this @param turn when it is over, a walk ends where it is, though not before its first line
  BlockScan(store::Snapshot& snapshot, const LineQuery& query, bool descending, TurnClock turn)
      : snapshot_(snapshot), query_(query), descending_(descending), turn_(turn) {}

  /// Takes a wanted line; false ends the walk behind it. The batch may hold other lines, and knows its container.
  using Visit = std::function<bool(const Batch& batch, const Record& record)>;
  /// @return what is left of the block's range; empty at its end
  /// Errors: damaged, also where the block is no more; the store's.
  [[nodiscard]] Result<PlaceRange> walk(const QueriedBlock& block, const Visit& visit);

  /// The same where only times and levels are asked for: lines that are wanted for sure are not put together.
  /// Takes it with its index in its block.
  using Count = std::function<void(const Record& record, std::uint32_t line)>;
  [[nodiscard]] Result<PlaceRange> count(const QueriedBlock& block, const Count& count);

 private:
  struct Candidates {
    LineSet sure;   ///< wanted by the filter
    LineSet maybe;  ///< the filter must be asked
  };
  struct Walk;

  using Each = std::function<bool(const Batch& batch, const Record& record, std::uint32_t line)>;
  Result<PlaceRange> walk(const QueriedBlock& block, const Each& each, bool texts);
  Result<PlaceRange> walk_plain(Walk& walk, bool texts);
  Result<PlaceRange> walk_templates(Walk& walk, bool texts);
  Result<Candidates> candidates(Block& block, bool filtered);
  Result<Candidates> by_literals(Block& block, bool filtered) const;
  Result<bool> go_through(Walk& walk, Block& block, const std::vector<Record>& rows, const Candidates& candidates,
                          const std::vector<std::uint32_t>& some, bool texts);
  /// Null where no pattern is looked for.
  [[nodiscard]] RegexProbe::Asker* asker();
  [[nodiscard]] bool can_have_clauses(std::string_view text) const;
  [[nodiscard]] PlaceRange left_behind(const QueriedBlock& block, Place place) const;

  store::Snapshot& snapshot_;
  const LineQuery& query_;
  bool descending_;
  TurnClock turn_;
  RegexProbe::Lent asker_{nullptr, {nullptr}};
};

}  // namespace taffrail::history
