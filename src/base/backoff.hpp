#pragma once

#include <cstdint>
#include <random>

#include "base/clock.hpp"

namespace taffrail {

/// The waits between the tries of a supervised connection: exponential from `first` to `most`, each drawn evenly from
/// the upper half ("equal jitter"), so that many clients of one broken peer do not come back together.
class Backoff {
 public:
  Backoff(Duration first, Duration most, std::uint64_t seed)
      : first_(first), most_(most), next_(first), random_(seed) {}

  /// How long to wait before the next try.
  [[nodiscard]] Duration next() {
    const auto whole = next_.count();
    next_ = next_ > most_ / 2 ? most_ : next_ * 2;
    return Duration(std::uniform_int_distribution<Duration::rep>(whole / 2, whole)(random_));
  }
  /// After a success the next failure starts from `first` again.
  void reset() { next_ = first_; }

 private:
  Duration first_;
  Duration most_;
  Duration next_;
  std::minstd_rand random_;
};

}  // namespace taffrail
