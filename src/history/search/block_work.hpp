#pragma once

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/race.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "history/search/block_queue.hpp"
#include "history/search/block_scan.hpp"
#include "store/store.hpp"

namespace taffrail::history {

/// What reading blocks came to.
struct WorkTally {
  std::uint64_t lines = 0;            ///< of blocks that were read
  std::uint64_t bytes = 0;            ///< of their lines
  std::uint64_t skipped = 0;          ///< blocks that their filters spoke for
  std::vector<QueriedBlock> left;     ///< what time did not suffice for
  std::vector<QueriedBlock> damaged;  ///< what could not be read
};

/// Reads one block; on a worker. What is left of its range.
using ReadBlock = std::function<Result<PlaceRange>(BlockScan& scan, const QueriedBlock& block)>;

/// One worker's turn at a queue: asks the filters of blocks, and reads those that may have something. A block that a
/// merge has taken up meanwhile is read where its lines are now. Ends between two blocks after `turn`, within one a
/// little later.
/// @param enough asked between blocks: whether the turn can end before its time
[[nodiscard]] Result<WorkTally> work_on(store::Snapshot& snapshot, const LineQuery& query, bool descending,
                                        BlockQueue& queue, const std::function<bool()>& enough, const ReadBlock& read);

/// How long a turn is of its thread's time, and how much longer its last block may take: what a client that leaves
/// waits for, and others who search. A block is begun anew when it goes on, so much shorter turns would do some of it
/// twice.
inline constexpr Duration work_turn = std::chrono::milliseconds(15);
inline constexpr Duration last_block = std::chrono::milliseconds(15);
/// Runs `turn` on two workers side by side, each with a snapshot of its own, and waits for both. More would leave
/// fewer of the store's readers for others.
/// @param asker in whose name, as for Store::read
///
/// Two tasks by name: in Asio 1.81 a group made of a range ends its tasks on Asio's own threads.
template <class Value>
Task<Result<std::vector<Value>>> run_side_by_side(store::Store& store, WorkerPool& workers, FairPlaces::Asker& asker,
                                                  std::function<Result<Value>(store::Snapshot&)> turn) {
  const Executor executor = co_await asio::this_coro::executor;
  const auto one = [&] {
    return asio::co_spawn(executor, store.read(workers, std::ref(turn), &asker), asio::deferred);
  };
  auto group = asio::experimental::make_parallel_group(one(), one());
  auto [order, first_failure, first, second_failure, second] =
      co_await group.async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
  const std::array failures{first_failure, second_failure};
  if (const std::exception_ptr failure = detail::failure_of_race(order, failures)) std::rethrow_exception(failure);
  if (!first) co_return forward(first);
  if (!second) co_return forward(second);
  std::vector<Value> values;
  values.push_back(std::move(*first));
  values.push_back(std::move(*second));
  co_return values;
}

}  // namespace taffrail::history
