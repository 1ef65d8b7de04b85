#pragma once

#include <boost/asio/steady_timer.hpp>

#include "base/task.hpp"

namespace taffrail {

/// "Something changed, look again": `notify` wakes every task that waits. A waiter tests its condition first and waits
/// only while it does not hold; both run on the owner thread, so no wake-up is lost between the two.
class SignalFlag {
 public:
  explicit SignalFlag(const Executor& executor) : timer_(executor) {
    timer_.expires_at(asio::steady_timer::time_point::max());
  }
  void notify() { timer_.cancel(); }
  /// Returns at the next notify. A cancelled task gets Asio's exception at its next await, as everywhere.
  Task<> wait() {
    auto [error] = co_await timer_.async_wait(as_result);
    (void)error;  // the timer never expires: being cancelled is the message
  }

 private:
  asio::steady_timer timer_;
};

}  // namespace taffrail
