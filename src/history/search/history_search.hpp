#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "history/search/block_queue.hpp"
#include "history/search/block_work.hpp"
#include "history/search/line_query.hpp"
#include "pipeline/log_item.hpp"
#include "store/store.hpp"

namespace taffrail::history {

struct SearchRequest {
  LineQuery query;
  bool descending = true;             ///< newest first
  std::size_t limit = 1000;           ///< 1 to HistorySearch::max_limit
  std::optional<Cursor> cursor = {};  ///< descending: only lines before it, else behind it
  /// What it may take; then it ends with a cursor to go on from. It always gets somewhere.
  Duration most_time = std::chrono::seconds(10);
  std::uint64_t most_bytes = std::uint64_t{16} << 30;  ///< of lines of the blocks that are read
};

struct SearchEnd {
  std::uint64_t matched = 0;
  std::uint64_t scanned_lines = 0;  ///< of the blocks that were read, for their filters did not say no
  std::uint64_t scanned_bytes = 0;
  std::uint64_t skipped_blocks = 0;
  Duration elapsed{};            ///< without the time that the client took
  bool truncated = false;        ///< there is more, or may be
  std::optional<Cursor> cursor;  ///< of a truncated one: to go on from
};

/// Finds lines in stored blocks, in the order of (place, container): what a scan of all of them would find. Lives on
/// the owner thread.
///
/// The blocks that may have lines by the catalogue wait in a queue, by where their lines begin. Workers take them in
/// turns: they ask a block's filter, then its templates and columns, and put candidates together. A line that is found
/// waits until no block in the queue can have one that comes before it. As soon as as many wait as are asked for,
/// nothing behind the last of them is read any more.
///
/// Nothing runs between two calls of `next`, so a client who takes nothing costs what it holds: at most
/// max_held_bytes. One who leaves ends the search after the turn under way, some 20 ms.
class HistorySearch {
 public:
  static constexpr std::size_t max_limit = 10'000;
  /// Of lines that wait. Where they are more, the search ends earlier than at its limit, with a cursor.
  static constexpr std::size_t max_held_bytes = std::size_t{16} << 20;

  /// @param store with history_schema; outlives this, as `workers` does
  HistorySearch(store::Store& store, WorkerPool& workers, SearchRequest request);
  HistorySearch(const HistorySearch&) = delete;
  HistorySearch& operator=(const HistorySearch&) = delete;

  /// The next lines, rendered, in their order, and gaps for damaged blocks, which come as they are met. Nothing: it is
  /// over. Errors: the store's.
  [[nodiscard]] Task<Result<std::vector<LogItem>>> next();
  /// Once it is over.
  [[nodiscard]] const SearchEnd& end() const { return end_; }

 private:
  /// A line that was found.
  struct Hit {
    Place place;
    std::size_t log = 0;
    Record record;
    std::string text;
  };
  struct Haul {
    WorkTally tally;
    std::vector<Hit> hits;
  };

  Task<Result<>> plan();
  Result<Haul> scan(store::Snapshot& snapshot);
  Result<PlaceRange> scan_block(BlockScan& scan, const QueriedBlock& block, Haul& haul);
  /// Takes in what was found, and gives what can be given; on a worker.
  std::vector<LogItem> settle(std::vector<Haul> hauls);
  void trim();
  std::vector<LogItem> give(std::size_t count);
  [[nodiscard]] LogItem gap_of(const QueriedBlock& damaged) const;
  void look_whether_over();

  [[nodiscard]] bool comes_before(const Hit& one, const Hit& other) const;
  [[nodiscard]] bool comes_before(Place one, Place other) const {
    return request_.descending ? other < one : one < other;
  }
  [[nodiscard]] std::size_t limit_left() const { return request_.limit - end_.matched; }

  store::Store& store_;
  FairPlaces::Asker asker_;
  WorkerPool& workers_;
  SearchRequest request_;
  SearchEnd end_;
  bool planned_ = false;
  bool over_ = false;
  bool cut_ = false;  // lines were found, or may be, that are not given
  BlockQueue queue_;
  std::atomic<std::size_t> found_{0};  // in this turn
  std::vector<Hit> held_;              // in order
  std::optional<Hit> horizon_;         // what comes behind is not wanted; without text
  std::optional<Cursor> last_given_;
};

}  // namespace taffrail::history
