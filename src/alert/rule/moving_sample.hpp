#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "alert/rule/rule.hpp"
#include "model/stats.hpp"

namespace taffrail::alert {

/// A container's samples over a moving window, as one: the mean, the greatest value, or the growth per second of each
/// metric. Of limits the newest counts; of other totals too, except that their growth is theirs as well. What no sample
/// in the window has is absent.
///
/// The window is a ring of at most 60 buckets that ends with the bucket of the newest sample, about 150 bytes each.
class MovingSample {
 public:
  static constexpr std::size_t most_buckets = 60;

  /// @param window at least a second
  explicit MovingSample(const RuleSpec::MovingWindow& window)
      : aggregate_(window.aggregate), width_(window.length / static_cast<std::int64_t>(most_buckets)) {}

  /// Takes the next sample. One before the newest counts where it belongs, unless it is so much earlier (a minute) that
  /// the clock must have been set back: then the window begins anew.
  /// @return the window that ends with the newest sample
  StatSample add(const StatSample& sample);

 private:
  struct Bucket {
    std::int64_t index = 0;
    Time time;                                        ///< of its first sample
    std::array<double, all_metrics.size()> values{};  ///< sums, greatest values, or those of the first sample
    std::array<std::uint16_t, all_metrics.size()> counts{};
  };

  Bucket& bucket_of(std::int64_t index, Time time);
  [[nodiscard]] StatSample together() const;

  RuleSpec::Aggregate aggregate_;
  Duration width_;
  std::vector<Bucket> buckets_;  ///< by index, rising
  StatSample newest_;
};

}  // namespace taffrail::alert
