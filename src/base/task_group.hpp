#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <string_view>

#include "base/task.hpp"

namespace taffrail {

/// The tasks that one object owns. Each has a name; an exception that leaves one is reported with it. `cancel` asks
/// all to stop, `join` waits until they have. The owner must have joined before its members die, so the group is its
/// last member, and the owner's own `stop()` is `cancel` and `co_await join()`.
///
/// All calls are made on the group's executor (the owner thread).
class TaskGroup {
 public:
  /// @param report called with "name: what" when a task ends by an exception; must not throw
  using Report = std::function<void(std::string_view)>;

  TaskGroup(Executor executor, Report report);
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  /// Asserts that no task is left: one that outlives its group would use freed memory.
  ~TaskGroup();

  /// Starts `task`. After `cancel` a new task is dropped unstarted.
  void spawn(std::string name, Task<> task);
  /// Asks every task to stop at its next await. Idempotent.
  void cancel();
  /// Waits until every task has ended, whether or not the joining task is cancelled meanwhile; that one cannot be
  /// cancelled any more afterwards. A task that may have been cancelled before must reset its cancellation state first
  /// (`reset_cancellation_state(disable_cancellation())`): else its own `co_await` throws, and nothing is joined.
  Task<> join();
  [[nodiscard]] std::size_t size() const { return tasks_.size(); }
  [[nodiscard]] const Executor& executor() const { return executor_; }

 private:
  struct Running {
    std::string name;
    asio::cancellation_signal signal;
  };

  Executor executor_;
  Report report_;
  std::list<Running> tasks_;
  asio::steady_timer all_done_;  // never expires; cancelled when the last task ends
  bool cancelled_ = false;
};

}  // namespace taffrail
