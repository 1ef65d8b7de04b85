#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "history/pattern/form_counts.hpp"
#include "history/search/line_query.hpp"
#include "store/store.hpp"

namespace taffrail::history {

/// The forms of the lines that a query wants, and what it took to count them.
struct CountedForms {
  FormCounts counts;
  bool complete = true;             ///< false: time was up before all blocks were read; the newest were first
  std::uint64_t damaged_lines = 0;  ///< of blocks that could not be read
  std::uint64_t scanned_lines = 0;  ///< of the blocks that were read
  std::uint64_t scanned_bytes = 0;
};

/// Counts the forms of lines, exactly, on two workers in turns as a search does: who gives up waits for the turn under
/// way. Of blocks of templates no line is put together, but for those that only a filter can tell.
/// @param query outlives it
/// @param until when what was counted so far is given
[[nodiscard]] Task<Result<std::unique_ptr<CountedForms>>> count_forms(store::Store& store, WorkerPool& workers,
                                                                      const LineQuery& query, SteadyTime until);

}  // namespace taffrail::history
