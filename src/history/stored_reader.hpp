#pragma once

#include <cstdint>
#include <deque>
#include <iterator>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "history/line_cache.hpp"
#include "history/stored_block.hpp"
#include "source/source.hpp"
#include "store/store.hpp"

namespace taffrail::history {

/// What readers of stored lines share; outlives them.
struct StoredLines {
  store::Store& store;
  WorkerPool& workers;
  LineCache& cache;
};

/// Reads one log: first what is stored, then, by the source's own reader, what is behind it.
class StoredReader final : public LogReader {
 public:
  /// What is behind the stored lines.
  class Rest {
   public:
    virtual ~Rest() = default;
    /// The last line that is stored now.
    [[nodiscard]] virtual Place stored() const = 0;
    /// Opens the source's log behind a line. Null: there is nothing.
    virtual Task<Result<std::unique_ptr<LogReader>>> open(LogQuery query) = 0;
  };

  /// @param query without `follow` and without a tail
  /// @param rest null: what is behind the stored lines is not asked for
  StoredReader(StoredLines lines, LogKey log, ContainerId id, LogQuery query, std::unique_ptr<Rest> rest)
      : lines_(lines), log_(log), id_(std::move(id)), query_(std::move(query)), rest_(std::move(rest)) {}

  Task<Result<std::optional<LogChunk>>> next() override;

  /// The last stored lines within a query's bounds, as many as its `tail` and `tail_bytes` say, in order.
  /// @param one whether a line is given that is longer than `tail_bytes`, when it is the last one
  [[nodiscard]] static Task<Result<std::vector<LogChunk>>> tail(StoredLines lines, LogKey log, ContainerId id,
                                                                LogQuery query, bool one);

 private:
  Task<Result<bool>> next_block();
  void keep(LineCache::Lines lines, Seq beyond);
  std::optional<LogChunk> next_piece();

  StoredLines lines_;
  LogKey log_;
  ContainerId id_;
  LogQuery query_;
  std::unique_ptr<Rest> rest_;
  Place passed_;            // the last line of what was read, or of the blocks that there were
  LineCache::Lines block_;  // being given out: a block, or a part of one
  std::size_t at_ = 0;      // its next record
  std::deque<Gap> gaps_;    // before records from there on
  bool stored_done_ = false;
  std::unique_ptr<LogReader> behind_;
};

/// Gives chunks that are there already.
class ChunksReader final : public LogReader {
 public:
  explicit ChunksReader(std::vector<LogChunk> chunks)
      : chunks_(std::make_move_iterator(chunks.begin()), std::make_move_iterator(chunks.end())) {}
  Task<Result<std::optional<LogChunk>>> next() override;

 private:
  std::deque<LogChunk> chunks_;
};

}  // namespace taffrail::history
