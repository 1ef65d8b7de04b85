#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/cancellation_condition.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/failure.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace taffrail {

/// Waits. A cancelled task ends here by Asio's exception.
inline Task<> sleep_for(Duration duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(duration));
  co_await timer.async_wait(asio::use_awaitable);
}

namespace detail {
/// A parallel group default-constructs its results, which an expected of a move-only or unborn T cannot always be.
template <class T>
Task<std::optional<T>> as_optional(Task<T> task) {
  co_return co_await std::move(task);
}
}  // namespace detail

/// The task's result, or an Error of code timeout naming `what` after `limit`; the task is then cancelled and has ended
/// before this returns. An exception that leaves the task, its cancellation from outside included, leaves this too. The
/// one way in which a wait is bounded.
template <class T>
Task<Result<T>> with_timeout(Duration limit, std::string what, Task<Result<T>> task) {
  const Executor executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor);
  timer.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(limit));
  // Not awaitable_operators' `||`: that one waits for the timer when the task throws, and then says "timeout".
  auto race = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, detail::as_optional(std::move(task)), asio::deferred), timer.async_wait(asio::deferred));
  auto [order, failure, value, timer_error] =
      co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (order[0] == 0) {
    if (failure) std::rethrow_exception(failure);
    co_return std::move(*value);
  }
  // A result that was ready at the same moment is better than none.
  if (!failure && value->has_value()) co_return std::move(*value);
  // A timer that failed was cancelled from outside, and so was the task. Whatever else the task threw is no timeout.
  if (failure && (timer_error || !is_cancellation(failure))) std::rethrow_exception(failure);
  if (timer_error) co_return std::move(*value);
  co_return fail(ErrorCode::timeout,
                 what + ": no answer within " +
                     std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(limit).count()) + " ms");
}

}  // namespace taffrail
