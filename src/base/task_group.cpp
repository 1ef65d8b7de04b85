#include "base/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <cassert>
#include <exception>
#include <utility>

#include "base/failure.hpp"

namespace taffrail {

TaskGroup::TaskGroup(Executor executor, Report report)
    : executor_(std::move(executor)), report_(std::move(report)), all_done_(executor_) {
  all_done_.expires_at(asio::steady_timer::time_point::max());
}

TaskGroup::~TaskGroup() { assert(tasks_.empty() && "a TaskGroup must be joined before it dies"); }

void TaskGroup::spawn(std::string name, Task<> task) {
  if (cancelled_) return;
  tasks_.emplace_back();
  const auto running = std::prev(tasks_.end());
  running->name = std::move(name);
  auto ended = [this, running](const std::exception_ptr& failure) {
    if (failure && !(cancelled_ && is_cancellation(failure))) {
      try {
        std::rethrow_exception(first_cause(failure));
      } catch (const std::exception& error) {
        report_(running->name + ": " + error.what());
      } catch (...) {
        report_(running->name + ": an exception of an unknown type");
      }
    }
    tasks_.erase(running);
    if (tasks_.empty()) all_done_.cancel();
  };
  asio::co_spawn(executor_, std::move(task), asio::bind_cancellation_slot(running->signal.slot(), std::move(ended)));
}

void TaskGroup::cancel() {
  cancelled_ = true;
  // A task may end inside emit and leave the list, so the next one is found first.
  for (auto it = tasks_.begin(); it != tasks_.end();) {
    auto next = std::next(it);
    it->signal.emit(asio::cancellation_type::terminal);
    it = next;
  }
}

Task<> TaskGroup::join() {
  // A join must finish even when the joining task is itself being cancelled, else members die under running tasks.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  while (!tasks_.empty()) {
    auto [error] = co_await all_done_.async_wait(as_result);
    (void)error;  // woken by cancel(): the only way this timer fires
  }
}

}  // namespace taffrail
