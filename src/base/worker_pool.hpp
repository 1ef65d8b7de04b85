#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "base/task.hpp"

namespace taffrail {

/// Threads for heavy, pure work: a function of immutable input whose result comes back to the owner thread.
class WorkerPool {
 public:
  explicit WorkerPool(std::size_t threads) : pool_(threads) {}
  /// Waits for running work; the owner has joined its tasks by then.
  ~WorkerPool() { pool_.join(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Runs `work` on a worker and returns its value on the caller's executor. `work` and what it refers to must live
  /// until this returns; a cancellation of the caller is felt at its next await, after the work has ended.
  template <class Work>
  Task<std::invoke_result_t<Work&>> run(Work work) {
    co_return co_await asio::co_spawn(pool_.get_executor(), invoke(work), asio::use_awaitable);
  }

  /// The same for work that goes through `bytes` bytes: little is done where the caller stands.
  template <class Work>
  Task<std::invoke_result_t<Work&>> run_sized(std::size_t bytes, Work work) {
    if (bytes <= in_place_bytes) co_return work();
    co_return co_await run(std::move(work));
  }

  /// Two thread switches cost about as much as classifying this many bytes of log lines.
  static constexpr std::size_t in_place_bytes = 8 * 1024;

 private:
  template <class Work>
  static Task<std::invoke_result_t<Work&>> invoke(Work& work) {
    co_return work();
  }

  asio::thread_pool pool_;
};

}  // namespace taffrail
