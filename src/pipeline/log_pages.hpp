#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "pipeline/prepared_batch.hpp"
#include "source/source.hpp"

namespace taffrail {

/// Some records of one container that a viewer wants, in the order of delivery.
struct LogPiece {
  BatchPtr batch;
  std::vector<std::uint32_t> picks;
  std::optional<Gap> gap;  ///< lines that the source lost just before the batch
};

/// A bounded part of one container's log, read in one direction. Only for what the source still has at the time: it
/// ends where the log ends.
class LogPages {
 public:
  virtual ~LogPages() = default;
  /// The next piece (it may have no picks); nothing at the end. Errors: the source's; the next call then goes on after
  /// the last piece given.
  virtual Task<Result<std::optional<LogPiece>>> next() = 0;
  /// The newest line read so far, wanted or not: where a live reading joins.
  [[nodiscard]] const std::optional<Cursor>& newest() const { return newest_; }

 protected:
  LogPages(WorkerPool& workers, Source& source, ContainerId id, LogQuery query, RecordFilter filter)
      : workers_(workers), source_(source), id_(std::move(id)), query_(std::move(query)), filter_(std::move(filter)) {}
  /// Classifies, renders and filters one chunk, on a worker when it is large.
  Task<LogPiece> prepare_chunk(LogChunk chunk, LineContext& before);

  WorkerPool& workers_;
  Source& source_;
  ContainerId id_;
  LogQuery query_;
  RecordFilter filter_;
  std::optional<Cursor> newest_;
};

/// From the query's lower bound upwards.
class ForwardPages final : public LogPages {
 public:
  ForwardPages(WorkerPool& workers, Source& source, ContainerId id, LogQuery query, RecordFilter filter);
  Task<Result<std::optional<LogPiece>>> next() override;

 private:
  std::unique_ptr<LogReader> reader_;
  LineContext context_;
};

/// From the query's upper bound downwards: pages of the last lines before what was read already, larger from page to
/// page. The picks of each piece are descending.
class BackwardPages final : public LogPages {
 public:
  /// Lines of the first page when nobody knows better, and of the largest.
  static constexpr std::uint64_t first_page = 200;
  static constexpr std::uint64_t largest_page = 5000;

  struct PageLines {
    std::uint64_t expected = first_page;   ///< how many the viewer probably takes: the first page
    std::uint64_t largest = largest_page;  ///< of a page: what is held in memory at once
  };

  BackwardPages(WorkerPool& workers, Source& source, ContainerId id, LogQuery query, RecordFilter filter,
                PageLines lines);
  Task<Result<std::optional<LogPiece>>> next() override;

 private:
  Task<Result<void>> read_page();

  std::uint64_t page_lines_;
  std::uint64_t largest_;
  std::vector<LogPiece> page_;  // pieces of the present page, oldest first; taken from the back
  bool at_start_ = false;
};

}  // namespace taffrail
