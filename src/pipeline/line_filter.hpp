#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "model/record.hpp"

namespace taffrail {

/// Decides which lines of one container a reader wants. Immutable; asked on workers, by several threads at once.
class LineFilter {
 public:
  virtual ~LineFilter() = default;
  /// Filters of one container with equal keys decide alike about every line, so that one evaluation serves both.
  [[nodiscard]] virtual const std::string& key() const = 0;
  /// Whether it costs a few nanoseconds a line whatever the line is, and may be asked on the owner thread.
  [[nodiscard]] virtual bool is_cheap() const = 0;
  [[nodiscard]] virtual bool wants(const Batch& batch, const Record& record) const = 0;
};

/// Null: all lines are wanted.
using FilterPtr = std::shared_ptr<const LineFilter>;

/// What one reader's filter may take of the workers. A batch may take `per_batch`: a filter that needs more for some
/// thousand lines is refused. Over time it may take `share` of a core: a reading of what was written long ago then
/// waits a while (`debt`), one that follows what is being written is refused, for it would only fall behind.
class FilterBudget {
 public:
  /// CPU time for one batch of at most about 256 KiB: 20 µs a line of 50 bytes. A term takes 10 to 50 ns, a pattern
  /// 250 ns; the longest evaluation of one line that is allowed (expr/limits.hpp) takes about 2.5 ms.
  static constexpr Duration per_batch = std::chrono::milliseconds(100);
  /// Of one core. Filters run at a lower priority than everything else, on threads of their own.
  static constexpr double share = 0.5;
  /// How much may be taken before the share is felt.
  static constexpr Duration burst = std::chrono::seconds(2);

  explicit FilterBudget(const Clock& clock) : clock_(clock), at_(clock.steady_now()) {}

  void charge(Duration took) {
    const SteadyTime now = clock_.steady_now();
    const auto earned = static_cast<Duration::rep>(static_cast<double>((now - at_).count()) * share);
    left_ = std::min(burst, left_ + Duration(earned)) - took;
    at_ = now;
  }
  /// How long to wait until nothing is owed; zero while there is something left.
  [[nodiscard]] Duration debt() const {
    if (left_ >= Duration::zero()) return Duration::zero();
    return Duration(static_cast<Duration::rep>(static_cast<double>(-left_.count()) / share));
  }

 private:
  const Clock& clock_;
  SteadyTime at_;
  Duration left_ = burst;
};

}  // namespace taffrail
