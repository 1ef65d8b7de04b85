#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <string>
#include <tuple>
#include <utility>

#include "base/clock.hpp"
#include "base/race.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace taffrail {

/// Waits. A cancelled task ends here by Asio's exception.
inline Task<> sleep_for(Duration duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(duration));
  co_await timer.async_wait(asio::use_awaitable);
}

/// The task's result, or an Error of code timeout naming `what` after `limit`; the task is then cancelled and has ended
/// before this returns. An exception that leaves the task, its cancellation from outside included, leaves this too. The
/// one way in which a wait is bounded.
template <class T>
Task<Result<T>> with_timeout(Duration limit, std::string what, Task<Result<T>> task) {
  auto end = co_await race(std::move(task), sleep_for(limit));
  // Where the limit was first, a result that was ready at the same moment is better than none; an error then tells of
  // no more than the cancellation.
  if (auto& given = std::get<0>(end.values); given && (end.first == 0 || given->has_value()))
    co_return *std::move(given);
  co_return fail(ErrorCode::timeout,
                 what + ": no answer within " +
                     std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(limit).count()) + " ms");
}

}  // namespace taffrail
