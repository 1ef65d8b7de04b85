#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"

namespace taffrail {

/// How long things had to wait for the owner thread, counted by length.
class LagHistogram {
 public:
  /// Upper bounds in seconds. What is longer than the last is counted beyond it.
  static constexpr std::array bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1,
                                     0.25,   0.5,   1.0,    2.5,   5.0,  10.0, 30.0, 60.0};
  void add(Duration lag, std::uint64_t times = 1);

  /// How many there were in each bucket, that beyond the last bound included; not summed up.
  [[nodiscard]] const std::array<std::uint64_t, bounds.size() + 1>& counts() const { return counts_; }
  [[nodiscard]] double sum_seconds() const { return sum_seconds_; }
  [[nodiscard]] Duration longest() const { return longest_; }

 private:
  std::array<std::uint64_t, bounds.size() + 1> counts_{};
  double sum_seconds_ = 0;
  Duration longest_{};
};

/// Measures how long the owner thread keeps what is ready waiting, and says what ran when that was long.
///
/// A heart beats on the thread, by the steady clock: how late each beat comes is how long anything else would have
/// waited. Beats that a late one has kept from coming count too, so that the histogram answers "had something become
/// ready at any time, how long would it have waited"; without that a second of standing still would be one value among
/// thousands. While nothing runs, the heart slows down to the moments at which others wake the thread anyway: a beat of
/// its own costs 10 µs, in a virtual machine 100, and an idle server is to cost nothing.
///
/// A timer of the kernel stands behind the heart: when a beat is late by `stall`, it interrupts the thread with a
/// signal, whose handler notes the stack. That needs no second thread that wakes up and looks, and it sees what ran,
/// not what was said to run. A thread that waits in the kernel for a file system that hangs is interrupted only
/// afterwards; the lag is measured all the same.
class OwnerWatch {
 public:
  struct Options {
    /// Between two beats while the thread is busy, and the most while it is idle.
    Duration busy_beat = std::chrono::milliseconds(10);
    /// A stall that begins while the thread is idle may last so much longer than `stall` before it is looked at.
    Duration idle_beat = std::chrono::seconds(1);
    /// How late a beat must be for the stack to be looked at and reported.
    Duration stall = std::chrono::milliseconds(200);
    /// Reports are at least this far apart: under steady overload one tells enough.
    Duration between_reports = std::chrono::seconds(10);
  };
  /// Gets a sentence: how long the thread was away, and the functions that ran, the innermost first.
  using Report = std::function<void(std::string_view)>;

  /// @param workers where names are looked up; outlives this
  OwnerWatch(WorkerPool& workers, Report report, Options options);
  OwnerWatch(WorkerPool& workers, Report report) : OwnerWatch(workers, std::move(report), Options()) {}
  OwnerWatch(const OwnerWatch&) = delete;
  OwnerWatch& operator=(const OwnerWatch&) = delete;

  /// Watches the thread that runs it, until it is cancelled.
  [[nodiscard]] Task<> run();

  [[nodiscard]] const LagHistogram& histogram() const { return histogram_; }
  /// How often a beat was late by `stall`, reported or not.
  [[nodiscard]] std::uint64_t stalls() const { return stalls_; }

  /// The stack of the thread at the moment when its beat was overdue. Written by a signal handler.
  struct Capture {
    static constexpr std::size_t most = 48;
    std::array<void*, most> frames{};
    std::atomic<int> depth = 0;  // set after the frames
  };

 private:
  void count(Duration lag, Duration interval);
  Task<> report(Duration lag);

  WorkerPool& workers_;
  Report report_;
  Options options_;
  LagHistogram histogram_;
  Capture capture_;
  std::uint64_t stalls_ = 0;
  std::uint64_t unreported_ = 0;
  SteadyTime quiet_until_ = SteadyTime::min();
};

}  // namespace taffrail
