#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace taffrail {

namespace asio = boost::asio;

using Executor = asio::any_io_executor;

/// A coroutine of ours. It runs on the owner thread's executor; expected failures come back in its value
/// (`Task<Result<T>>`), an exception that leaves it is a bug and ends its task at the TaskGroup.
template <class T = void>
using Task = asio::awaitable<T>;

/// The completion token of every I/O await: `auto [ec, n] = co_await s.async_read_some(buffer, as_result);`
inline constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

}  // namespace taffrail
