#pragma once

#include <string>
#include <utility>

#include "base/signal_flag.hpp"
#include "base/task.hpp"

namespace taffrail::api {

/// The one message of a subscription that its connection takes next. Whoever makes messages waits until it was taken,
/// so a page that takes nothing costs one of them.
class LiveStage {
 public:
  /// @param wake of the connection's writer; outlives this
  LiveStage(const Executor& executor, SignalFlag& wake) : wake_(wake), taken_(executor) {}

  Task<> put(std::string message) {
    while (!message_.empty()) co_await taken_.wait();
    message_ = std::move(message);
    wake_.notify();
  }
  [[nodiscard]] bool take(std::string& message) {
    if (message_.empty()) return false;
    message.swap(message_);
    taken_.notify();
    return true;
  }
  /// Returns when nothing waits to be taken.
  Task<> clear() {
    while (!message_.empty()) co_await taken_.wait();
  }

 private:
  std::string message_;
  SignalFlag& wake_;
  SignalFlag taken_;
};

}  // namespace taffrail::api
