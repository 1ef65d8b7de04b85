#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "pipeline/classified_batch.hpp"
#include "pipeline/log_origin.hpp"
#include "pipeline/memory_budget.hpp"
#include "source/source.hpp"

namespace taffrail {

/// Whether reading on may succeed a little later: the engine restarts, or a connection broke.
[[nodiscard]] bool is_transient(ErrorCode code);

/// The wanted lines of a run of one container's log.
struct LogPiece {
  BatchPtr batch;           ///< only wanted lines, perhaps none; not null
  std::optional<Gap> gap;   ///< lines that the source lost just before the run
  std::uint64_t lines = 0;  ///< of the run, wanted or not
  Place first;              ///< of the run's first line, where there is one
  Place last;
  std::vector<Seq> seqs{};  ///< of all its lines, where they are to be kept
};

/// How pages are worked on.
struct PageWork {
  WorkerPool& workers;
  WorkerPool& filter_workers;      ///< for filters that are not cheap
  FilterBudget* budget;            ///< of the reader; null where no filter is given
  bool render;                     ///< whether the pieces' batches are to be rendered
  bool keep_seqs = false;          ///< whether the seqs of all lines are to be kept, wanted or not
  MemoryBudget* memory = nullptr;  ///< where the pieces are counted; null: nowhere
};

/// A bounded part of one container's log, read in one direction. Only for what the origin has at the time: it ends
/// where the log ends.
class LogPages {
 public:
  virtual ~LogPages() = default;
  /// The next piece; nothing at the end. Errors: the origin's, the next call then goes on after the last piece given;
  /// too_large when the filter is too dear.
  virtual Task<Result<std::optional<LogPiece>>> next() = 0;
  /// The newest line read so far, wanted or not.
  [[nodiscard]] const std::optional<Cursor>& newest() const { return newest_; }

 protected:
  LogPages(PageWork work, LogOrigin& origin, ContainerId id, LogQuery query, FilterPtr filter)
      : work_(work), origin_(origin), id_(std::move(id)), query_(std::move(query)), filter_(std::move(filter)) {}
  /// Classifies, filters and renders one chunk, on a worker when it is large or the filter is not cheap. A reader whose
  /// filter owes time waits here.
  Task<Result<LogPiece>> prepare(LogChunk chunk, LineContext& before);

  PageWork work_;
  LogOrigin& origin_;
  ContainerId id_;
  LogQuery query_;
  FilterPtr filter_;
  std::optional<Cursor> newest_;
};

/// From the query's lower bound upwards.
class ForwardPages final : public LogPages {
 public:
  ForwardPages(PageWork work, LogOrigin& origin, ContainerId id, LogQuery query, FilterPtr filter)
      : LogPages(work, origin, std::move(id), std::move(query), std::move(filter)) {}
  Task<Result<std::optional<LogPiece>>> next() override;

 private:
  std::unique_ptr<LogReader> reader_;
  LineContext context_;
};

/// From the query's upper bound downwards: pages of the last lines before what was read already, larger from page to
/// page. Pieces come newest first; the lines within each stand in the order of the log.
class BackwardPages final : public LogPages {
 public:
  /// Lines of the first page when nobody knows better, and of the largest.
  static constexpr std::uint64_t first_page = 200;
  static constexpr std::uint64_t largest_page = 5000;

  /// @param expected how many lines the viewer probably takes: the first page
  /// @param page_bytes of the lines of a page, which is held as a whole
  BackwardPages(PageWork work, LogOrigin& origin, ContainerId id, LogQuery query, FilterPtr filter,
                std::uint64_t expected, std::size_t page_bytes);
  Task<Result<std::optional<LogPiece>>> next() override;

 private:
  Task<Result<>> read_page();

  std::uint64_t page_lines_;
  std::size_t page_bytes_;
  std::vector<LogPiece> page_;  // pieces of the present page, oldest first; taken from the back
  bool at_start_ = false;
};

}  // namespace taffrail
