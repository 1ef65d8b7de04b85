#pragma once

#include <optional>
#include <utility>

#include "base/signal_flag.hpp"
#include "base/task.hpp"

namespace taffrail {

/// A dear value that is made when somebody first asks for it, and once however many ask meanwhile. When whoever makes
/// it is cancelled (their client left), the next one who waits makes it.
///
/// Hold the owner of this until `get` has returned and while the value is used.
template <class Value>
class MadeOnce {
 public:
  explicit MadeOnce(const Executor& executor) : settled_(executor) {}

  /// @param make gives a Task<Value>
  template <class Make>
  Task<const Value*> get(Make make) {
    while (!value_) {
      if (making_) {
        co_await settled_.wait();
        continue;
      }
      const Making making(*this);
      Value made = co_await make();
      value_.emplace(std::move(made));
    }
    co_return &*value_;
  }

 private:
  class Making {
   public:
    explicit Making(MadeOnce& once) : once_(once) { once_.making_ = true; }
    ~Making() {
      once_.making_ = false;
      once_.settled_.notify();
    }
    Making(const Making&) = delete;
    Making& operator=(const Making&) = delete;

   private:
    MadeOnce& once_;
  };

  std::optional<Value> value_;
  bool making_ = false;
  SignalFlag settled_;
};

}  // namespace taffrail
