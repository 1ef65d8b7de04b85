#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "history/query/pipe.hpp"
#include "history/query/scalar.hpp"
#include "history/search/line_query.hpp"
#include "model/variables/container_view.hpp"
#include "store/store.hpp"

namespace taffrail::history {

struct QueryRequest {
  std::shared_ptr<const Pipe> pipe;
  LineQuery lines;
  std::vector<std::shared_ptr<const ContainerView>> containers;  ///< of each of `lines.logs`
  Time now;  ///< where the range of `rate` ends that begins with `since` and has no end
  /// What it may take; then it tells of what was read until then, newest lines first.
  Duration most_time = std::chrono::seconds(10);
  std::uint64_t most_bytes = std::uint64_t{16} << 30;  ///< of lines of the blocks that are read
};

struct QueryAnswer {
  /// A row's values are those of Pipe::columns.
  std::vector<std::vector<Scalar>> rows;
  std::vector<bool> exact;          ///< of each aggregate: false where a value of it is a sketch's estimate
  std::uint64_t groups = 0;         ///< before `where` and `limit`
  std::uint64_t lines = 0;          ///< that were counted
  std::uint64_t other_lines = 0;    ///< among them, of groups that there was no room for
  std::uint64_t scanned_lines = 0;  ///< of the blocks that were read
  std::uint64_t scanned_bytes = 0;
  std::uint64_t skipped_blocks = 0;  ///< that their filters, or roll-ups, spoke for
  std::uint64_t damaged_lines = 0;   ///< of blocks that could not be read
  std::optional<Time> from;          ///< of the range: what was asked for, else of the blocks
  std::optional<Time> until;
  bool complete = true;  ///< false: time or bytes were spent before all blocks were read
  Duration elapsed{};
};

/// Answers a query over stored lines. The blocks are read as a search reads them (history_search.hpp), in turns of two
/// workers; where only levels and times are asked for no line is put together, and where a block's roll-up says
/// enough the block is not read.
///
/// Memory is bounded by GroupTable::most_groups and by `most_table_bytes`. Cancelled, it ends after the turn under way,
/// some 20 ms.
/// @param store with history_schema; outlives this, as `workers` does
/// Errors: too_large (it needs more memory, or its conditions over rows more time, than it may have), the store's.
[[nodiscard]] Task<Result<QueryAnswer>> run_query(store::Store& store, WorkerPool& workers, QueryRequest request);

/// Of groups and their aggregates. A query that needs more ends with an error that says so.
inline constexpr std::size_t most_table_bytes = std::size_t{32} << 20;

}  // namespace taffrail::history
