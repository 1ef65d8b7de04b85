#pragma once

#include "base/task.hpp"
#include "base/worker_pool.hpp"

namespace taffrail {

/// Sets the allocator up for this process; before its first thread.
void settle_allocator();

/// Gives memory that was freed back to the system, soon after much of it was. Goes on until cancelled.
/// @param workers where that is done: it takes some milliseconds for 100 MiB
Task<> trim_heap(WorkerPool& workers);

}  // namespace taffrail
