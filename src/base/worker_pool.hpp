#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <exception>
#include <latch>
#include <memory>
#include <optional>
#include <sys/resource.h>
#include <type_traits>
#include <unistd.h>
#include <utility>
#include <variant>

#include "base/task.hpp"

namespace taffrail {

/// Threads for heavy, pure work: a function of immutable input whose result comes back to the owner thread.
class WorkerPool {
 public:
  enum class Priority { normal, low };  ///< low: other threads of the machine go first

  explicit WorkerPool(std::size_t threads, Priority priority = Priority::normal) : pool_(threads) {
    if (priority == Priority::normal) return;
    // On Linux the niceness is a thread's own. A thread takes one of these and waits until each has its own.
    auto gathered = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(threads));
    for (std::size_t i = 0; i < threads; ++i)
      asio::post(pool_, [gathered] {
        ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), low_niceness);
        gathered->arrive_and_wait();
      });
  }
  /// Waits for running work; the owner has joined its tasks by then.
  ~WorkerPool() { pool_.join(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Runs `work` on a worker and returns its value on the caller's executor. `work` and what it refers to must live
  /// until this returns; a cancellation of the caller is felt at its next await, after the work has ended.
  ///
  /// Not `co_spawn(pool, …)`: Asio 1.81 lets a cancellation into the spawned coroutine before its try block, and the
  /// exception then ends the worker's thread and with it the process.
  template <class Work>
  Task<std::invoke_result_t<Work&>> run(Work work) {
    using Value = std::invoke_result_t<Work&>;
    constexpr bool gives_nothing = std::is_void_v<Value>;
    std::optional<std::conditional_t<gives_nothing, std::monostate, Value>> value;
    std::exception_ptr failure;
    auto initiate = [&](auto handler) {
      auto home = asio::make_work_guard(handler);
      asio::post(pool_, [&, handler = std::move(handler), home = std::move(home)]() mutable {
        try {
          if constexpr (gives_nothing)
            work();
          else
            value.emplace(work());
        } catch (...) {
          failure = std::current_exception();
        }
        asio::post(home.get_executor(), std::move(handler));
      });
    };
    ++depth_;
    co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(initiate, asio::use_awaitable);
    --depth_;  // a cancellation does not end this wait, so it is always reached
    if (failure) std::rethrow_exception(failure);
    if constexpr (!gives_nothing) co_return std::move(*value);
  }

  /// The same for work that goes through `bytes` bytes: little is done where the caller stands.
  template <class Work>
  Task<std::invoke_result_t<Work&>> run_sized(std::size_t bytes, Work work) {
    if (bytes <= in_place_bytes) co_return work();
    co_return co_await run(std::move(work));
  }

  /// Pieces of work that wait or run now, for the owner thread to ask. Every caller has at most one.
  [[nodiscard]] std::size_t depth() const { return depth_; }

  /// Two thread switches cost about as much as classifying this many bytes of log lines.
  static constexpr std::size_t in_place_bytes = std::size_t{8} * 1024;

 private:
  static constexpr int low_niceness = 10;

  std::size_t depth_ = 0;  // counted where the callers are
  asio::thread_pool pool_;
};

}  // namespace taffrail
