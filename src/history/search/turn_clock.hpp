#pragma once

#include <chrono>
#include <ctime>

#include "base/clock.hpp"

namespace taffrail::history {

/// Says when a worker's turn is over, by the time that its thread has run: on a machine that is busy with other things
/// a turn by the clock of the wall would end before a block is read, and the next one would begin it anew. Of one
/// thread, that makes it.
class TurnClock {
 public:
  explicit TurnClock(Duration most) : end_(thread_time() + most), look_(std::chrono::steady_clock::now() + most) {}

  [[nodiscard]] bool over() {
    // The clock of a thread is a system call, so the other one says when it can be over.
    const SteadyTime now = std::chrono::steady_clock::now();
    if (now < look_) return false;
    const Duration left = end_ - thread_time();
    look_ = now + left;
    return left <= Duration::zero();
  }

 private:
  static Duration thread_time() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + Duration(time.tv_nsec);
  }

  Duration end_;
  SteadyTime look_;
};

}  // namespace taffrail::history
