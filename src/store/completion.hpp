#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <functional>
#include <utility>

#include "base/result.hpp"
#include "base/task.hpp"

namespace taffrail::store {

/// Sends an outcome to the task that waits for it, on the task's executor. Called at most once, from any thread; one
/// that is never called leaves its task waiting.
template <class T>
using Completion = std::move_only_function<void(std::exception_ptr, Result<T>)>;

/// What a coroutine's `async_initiate<…, void(std::exception_ptr, Result<T>)>` waits by.
/// @param held destroyed on the task's executor just before it goes on
template <class T, class Handler, class Held>
[[nodiscard]] Completion<T> completion_of(Handler handler, Held held) {
  auto home = asio::make_work_guard(handler);
  return [handler = std::move(handler), home = std::move(home), held = std::move(held)](std::exception_ptr failure,
                                                                                        Result<T> outcome) mutable {
    const auto executor = home.get_executor();
    asio::post(executor, [handler = std::move(handler), home = std::move(home), held = std::move(held),
                          failure = std::move(failure), outcome = std::move(outcome)]() mutable {
      // A cancellation that comes from here on has nothing left to cancel.
      if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected()) slot.clear();
      {
        [[maybe_unused]] const Held ended = std::move(held);
      }
      std::move(handler)(std::move(failure), std::move(outcome));
    });
  };
}

}  // namespace taffrail::store
