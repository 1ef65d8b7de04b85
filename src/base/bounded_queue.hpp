#pragma once

#include <cassert>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "base/signal_flag.hpp"

namespace taffrail {

/// A first-in first-out queue between tasks of the owner thread that holds at most `bound` values. What happens at the
/// bound is the producer's choice: `try_push` says no, `push` waits.
template <class T>
class BoundedQueue {
 public:
  BoundedQueue(const Executor& executor, std::size_t bound) : bound_(bound), not_empty_(executor), not_full_(executor) {
    assert(bound > 0);
  }

  /// False when the queue is full or closed; `value` is then untouched.
  [[nodiscard]] bool try_push(T&& value) {
    if (closed_ || values_.size() >= bound_) return false;
    values_.push_back(std::move(value));
    not_empty_.notify();
    return true;
  }

  /// Waits for room. False when the queue was closed.
  Task<bool> push(T value) {
    while (!closed_ && values_.size() >= bound_) co_await not_full_.wait();
    co_return try_push(std::move(value));
  }

  /// The oldest value, waiting for one; nothing once the queue is closed and drained.
  Task<std::optional<T>> pop() {
    while (values_.empty() && !closed_) co_await not_empty_.wait();
    if (values_.empty()) co_return std::nullopt;
    std::optional<T> value(std::move(values_.front()));
    values_.pop_front();
    not_full_.notify();
    co_return value;
  }

  /// No more pushes; what is queued can still be popped.
  void close() {
    closed_ = true;
    not_empty_.notify();
    not_full_.notify();
  }

  [[nodiscard]] std::size_t depth() const { return values_.size(); }
  [[nodiscard]] std::size_t bound() const { return bound_; }

 private:
  std::size_t bound_;
  std::deque<T> values_;
  SignalFlag not_empty_;
  SignalFlag not_full_;
  bool closed_ = false;
};

}  // namespace taffrail
