#pragma once

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/cancellation_condition.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstddef>
#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/failure.hpp"
#include "base/task.hpp"

namespace taffrail {

/// What a task gives, as a value: nothing is a value too.
template <class T>
using TaskValue = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

/// How a race ended: which task was the first to end, and what each has given. One that was cancelled for the first's
/// sake has given nothing, unless it was ready at the same moment, or says in its value that it was cancelled.
template <class... T>
struct RaceEnd {
  std::size_t first = 0;
  std::tuple<std::optional<TaskValue<T>>...> values;
};

namespace detail {

/// A parallel group default-constructs its results, which not every value can be.
template <class T>
Task<std::optional<TaskValue<T>>> as_optional(Task<T> task) {
  if constexpr (std::is_void_v<T>) {
    co_await std::move(task);
    co_return std::monostate{};
  } else {
    co_return co_await std::move(task);
  }
}

/// The first failure in the order in which the tasks ended that is no cancellation; else that of the first to end.
template <std::size_t N>
std::exception_ptr failure_of_race(const std::array<std::size_t, N>& order,
                                   const std::array<std::exception_ptr, N>& failures) {
  for (const std::size_t at : order)
    if (failures.at(at) && !is_cancellation(failures.at(at))) return failures.at(at);
  return failures.at(order.front());
}

template <class... T, std::size_t... I>
RaceEnd<T...> end_of_race(auto outcome, std::index_sequence<I...>) {
  // An array of the order, and then a failure and a value for each task.
  const std::array<std::size_t, sizeof...(T)>& order = std::get<0>(outcome);
  const std::array<std::exception_ptr, sizeof...(T)> failures{std::get<1 + 2 * I>(outcome)...};
  if (const std::exception_ptr failure = failure_of_race(order, failures)) std::rethrow_exception(failure);
  return {order.front(), {std::move(std::get<2 + 2 * I>(outcome))...}};
}

}  // namespace detail

/// Runs the tasks side by side until the first has ended, by a value or by an exception; the others are then cancelled,
/// and have ended before this returns.
///
/// An exception that leaves any of them leaves this, but for the cancellation of those that were cancelled for the
/// first's sake: a bug that shows while a task is being cancelled is not lost. Where several throw, the first that is
/// no cancellation counts. Cancelled from outside, all are cancelled, and this ends by that exception.
///
/// Not awaitable_operators' `a || b`: that one waits for the first *success*, so where one throws and the other waits
/// for something that the first would have done, it waits for ever.
template <class... T>
Task<RaceEnd<T...>> race(Task<T>... tasks) {
  const Executor executor = co_await asio::this_coro::executor;
  auto group = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, detail::as_optional(std::move(tasks)), asio::deferred)...);
  auto outcome = co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  co_return detail::end_of_race<T...>(std::move(outcome), std::index_sequence_for<T...>());
}

/// The same where only the first to end matters: its value, at its place among the tasks.
///
///     auto first = co_await first_of(read(), stopped.wait());
///     if (first.index() == 1) …
template <class... T>
Task<std::variant<TaskValue<T>...>> first_of(Task<T>... tasks) {
  RaceEnd<T...> end = co_await race(std::move(tasks)...);
  std::optional<std::variant<TaskValue<T>...>> chosen;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((I == end.first ? void(chosen.emplace(std::in_place_index<I>, std::move(*std::get<I>(end.values)))) : void()),
     ...);
  }(std::index_sequence_for<T...>());
  co_return *std::move(chosen);
}

}  // namespace taffrail
