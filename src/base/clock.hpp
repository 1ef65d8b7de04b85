#pragma once

#include <chrono>

namespace taffrail {

/// A point in time, UTC, in nanoseconds since 1970: what the engine's log timestamps carry.
using Time = std::chrono::sys_time<std::chrono::nanoseconds>;
using Duration = std::chrono::nanoseconds;
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

/// `time` moved by `by`, or the nearest time that there is: near 1677 and 2262 a sum would overflow.
[[nodiscard]] constexpr Time moved(Time time, Duration by) {
  if (by > Duration(0) && time > Time::max() - by) return Time::max();
  if (by < Duration(0) && time < Time::min() - by) return Time::min();
  return time + by;
}

/// Where time comes from, so that tests can hold it still.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Time now() const = 0;
  [[nodiscard]] virtual SteadyTime steady_now() const = 0;
  /// Whether something that knows better keeps `now` right, as far as one can tell.
  [[nodiscard]] virtual bool is_disciplined() const { return false; }
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return std::chrono::system_clock::now(); }
  [[nodiscard]] SteadyTime steady_now() const override { return std::chrono::steady_clock::now(); }
  /// As the kernel says (adjtimex(2), STA_UNSYNC): a daemon has told it so within the last nine hours, and nobody has
  /// set the clock by hand since. False where it may not be asked.
  [[nodiscard]] bool is_disciplined() const override;
};

}  // namespace taffrail
