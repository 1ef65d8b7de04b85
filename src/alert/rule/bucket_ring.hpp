#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/clock.hpp"

namespace taffrail::alert {

/// How often something happened, by time: a ring of `size` buckets that ends with the bucket of now. The buckets of all
/// rings of one width begin at the same times. Nothing is allocated before the first count; a bucket that is full stays
/// so.
template <class Count, std::size_t size>
class BucketRing {
 public:
  BucketRing() = default;
  /// @param length of the whole ring, at least a nanosecond a bucket
  explicit BucketRing(Duration length) : width_(length / static_cast<std::int64_t>(size)) {}

  [[nodiscard]] Duration width() const { return width_; }
  [[nodiscard]] std::uint64_t total() const { return total_; }
  /// Which bucket a time belongs to.
  [[nodiscard]] std::int64_t index(Time at) const {
    const std::int64_t whole = at.time_since_epoch() / width_;
    return at.time_since_epoch() < width_ * whole ? whole - 1 : whole;
  }
  /// Of the bucket of now.
  [[nodiscard]] std::int64_t newest() const { return end_; }
  /// Where the oldest bucket begins.
  [[nodiscard]] Time begin() const { return Time(width_ * (end_ - static_cast<std::int64_t>(size) + 1)); }

  /// Moves the end to the bucket of `now`, never back.
  /// @param leaves is called with (index, count) for each bucket that leaves with something in it, oldest first
  template <class Leaves>
  void advance(Time now, const Leaves& leaves) {
    const std::int64_t to = index(now);
    if (total_ == 0) {
      end_ = std::max(end_, to);
      return;
    }
    for (std::size_t left = size; end_ < to && left > 0; --left) {
      ++end_;
      head_ = (head_ + 1) % size;
      Count& count = counts_[head_];
      if (count == 0) continue;
      total_ -= count;
      leaves(end_ - static_cast<std::int64_t>(size), count);
      count = 0;
    }
    end_ = std::max(end_, to);
  }
  /// Begins again at `now`, or goes on there with what it counted, as if all of it had happened that much earlier or
  /// later.
  void set_end(Time now) { end_ = index(now); }

  /// Counts in the bucket of `at`, which is not after the end. False: it is before the ring.
  bool add(Time at, std::uint64_t count) { return add_at(end_ - index(at), count); }
  /// @param back how many buckets before the end
  bool add_at(std::int64_t back, std::uint64_t count) {
    if (back < 0 || back >= static_cast<std::int64_t>(size)) return false;
    if (counts_.empty()) counts_.resize(size);
    Count& bucket = counts_[(head_ + size - static_cast<std::size_t>(back)) % size];
    const auto added = std::min<std::uint64_t>(count, std::numeric_limits<Count>::max() - bucket);
    bucket = static_cast<Count>(bucket + added);
    total_ += added;
    return true;
  }
  /// @param back how many buckets before the end, below `size`
  [[nodiscard]] Count at(std::size_t back) const {
    return counts_.empty() ? Count{0} : counts_[(head_ + size - back) % size];
  }

  /// When the total will be at most `most`, if nothing comes to it.
  [[nodiscard]] Time falls_to(std::uint64_t most) const {
    std::uint64_t total = total_;
    std::size_t back = size;
    while (total > most && back > 0) total -= at(--back);
    return Time(width_ * (end_ - static_cast<std::int64_t>(back) + static_cast<std::int64_t>(size)));
  }
  void clear() {
    counts_.clear();
    total_ = 0;
  }

 private:
  std::vector<Count> counts_;
  std::uint64_t total_ = 0;
  std::size_t head_ = 0;                         ///< where the bucket of now is
  std::int64_t end_ = -(std::int64_t{1} << 62);  ///< before any time that there is, and no overflow away from one
  Duration width_{1};
};

}  // namespace taffrail::alert
