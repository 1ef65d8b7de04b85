#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>

#include "base/clock.hpp"
#include "base/task.hpp"

namespace taffrail {

/// The whole second of the steady clock that is nearest to `about` from `now`.
[[nodiscard]] constexpr SteadyTime whole_second(SteadyTime now, Duration about) {
  return std::chrono::round<std::chrono::seconds>(now + about);
}

/// Waits until then. A cancelled task ends here by Asio's exception.
inline Task<> sleep_until(SteadyTime then) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_at(std::chrono::time_point_cast<asio::steady_timer::duration>(then));
  co_await timer.async_wait(asio::use_awaitable);
}

/// Waits for a whole second: up to half a second less or more than `about`, which is a second at least. What is done
/// every second or every few seconds waits like this, so that all of it happens at the same moments: to wake up costs
/// an idle process more than what it then does.
inline Task<> sleep_to_second(Duration about) {
  co_await sleep_until(whole_second(std::chrono::steady_clock::now(), about));
}

}  // namespace taffrail
