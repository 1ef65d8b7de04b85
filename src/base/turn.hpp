#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "base/clock.hpp"
#include "base/task.hpp"

namespace taffrail {

/// How long a task may hold the owner thread before it lets the others have theirs. Some hundred tasks may each have a
/// turn before it is one's own again, so longer turns show as waiting; much shorter ones pay more for the change (about
/// a microsecond) than they do.
inline constexpr Duration turn_length = std::chrono::microseconds(250);

/// One task's turn on the owner thread: it begins when this is made, and again after each `next_turn`. Made where a
/// loop begins that may go over thousands of containers, lanes or samples:
///
///     Turn turn;
///     for (const Container& container : all) {
///       co_await yield_if_due(turn);  // anything may have changed after this, also what is being gone over
///       …
///     }
class Turn {
 public:
  explicit Turn(Duration most = turn_length) : most_(most) { begin(); }
  /// Whether the turn has lasted its time. A look at the clock, some 25 ns: cheap beside a container, dear beside a
  /// byte.
  [[nodiscard]] bool due() const { return std::chrono::steady_clock::now() - begun_ >= most_; }
  void begin() { begun_ = std::chrono::steady_clock::now(); }

 private:
  Duration most_;
  SteadyTime begun_;
};

/// Lets every task that is ready have its turn, the waiting I/O too, and begins a new one. A cancelled task ends here
/// by Asio's exception.
inline Task<> next_turn(Turn& turn) {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  turn.begin();
}

/// The same once the turn is over; else goes on at once. Where even that is too dear: `if (turn.due()) co_await
/// next_turn(turn);`.
inline Task<> yield_if_due(Turn& turn) {
  if (turn.due()) co_await next_turn(turn);
}

}  // namespace taffrail
