#pragma once

#include "base/clock.hpp"

namespace taffrail {

/// For tests: a clock that stands until it is told to advance.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start) : now_(start) {}
  [[nodiscard]] Time now() const override { return now_; }
  [[nodiscard]] SteadyTime steady_now() const override { return steady_; }
  [[nodiscard]] bool is_disciplined() const override { return disciplined_; }
  void advance(Duration by) {
    now_ += by;
    steady_ += by;
  }
  /// Sets the time of day alone, as people and time servers do.
  void set_ahead(Duration by) { now_ += by; }
  void set_disciplined(bool disciplined) { disciplined_ = disciplined; }

 private:
  Time now_;
  SteadyTime steady_{};
  bool disciplined_ = false;
};

}  // namespace taffrail
