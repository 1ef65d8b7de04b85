#pragma once

#include <cstdint>
#include <random>

#include "base/clock.hpp"

namespace taffrail {

/// A wait drawn evenly from the upper half of `whole` ("equal jitter"), so that many who wait for one thing do not come
/// back together.
[[nodiscard]] inline Duration with_jitter(Duration whole, std::minstd_rand& random) {
  return Duration(std::uniform_int_distribution<Duration::rep>(whole.count() / 2, whole.count())(random));
}

/// The waits between the tries of a supervised connection: exponential from `first` to `most`, each with
/// jitter.
class Backoff {
 public:
  Backoff(Duration first, Duration most, std::uint64_t seed)
      : first_(first), most_(most), next_(first), random_(seed) {}

  /// How long to wait before the next try.
  [[nodiscard]] Duration next() {
    const Duration whole = next_;
    next_ = next_ > most_ / 2 ? most_ : next_ * 2;
    return with_jitter(whole, random_);
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
