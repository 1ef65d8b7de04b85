#pragma once

#include <algorithm>
#include <chrono>
#include <ctime>
#include <utility>

namespace taffrail::expr {

/// What the calling thread has used of processors so far.
inline std::chrono::nanoseconds cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

/// Measures one thing after another. The CPU clock is a system call, 2 µs in some virtual machines, so it is asked only
/// where the other clock says that something may have taken long.
class Stopwatch {
 public:
  Stopwatch() : cpu_(cpu_time()), last_(std::chrono::steady_clock::now()) {}

  /// What was done since the last lap: its CPU time where that may be more than `most`, else nothing.
  std::chrono::nanoseconds lap(std::chrono::nanoseconds most) {
    const auto now = std::chrono::steady_clock::now();
    const auto passed = now - std::exchange(last_, now);
    if (passed <= most) {
      others_ += passed;
      return {};
    }
    const std::chrono::nanoseconds cpu = cpu_time();
    const std::chrono::nanoseconds used = cpu - std::exchange(cpu_, cpu) - std::exchange(others_, {});
    last_ = std::chrono::steady_clock::now();
    return std::min<std::chrono::nanoseconds>(used, passed);
  }

 private:
  std::chrono::nanoseconds cpu_;
  std::chrono::nanoseconds others_{};  // passed since then
  std::chrono::steady_clock::time_point last_;
};

}  // namespace taffrail::expr
