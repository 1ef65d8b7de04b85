#pragma once

#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "store/store.hpp"

namespace taffrail::history {

struct Pattern;

/// Reads one line of each pattern, block by block on two workers, until time is up: then those that are left have none.
[[nodiscard]] Task<Result<>> read_examples(store::Store& store, WorkerPool& workers, std::vector<Pattern>& patterns,
                                           SteadyTime until);

}  // namespace taffrail::history
