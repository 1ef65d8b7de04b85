#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "api/live_limits.hpp"

namespace taffrail::api {

/// How many bytes of lines may be on the way to a page. The page grants a window at the start and gives back what it
/// has worked off; the server never has more than the window on the way, but for a single line that is longer than it.
class LogCredit {
 public:
  /// @param window more than 0
  explicit LogCredit(std::uint64_t window)
      : window_(static_cast<std::int64_t>(window)), left_(static_cast<std::int64_t>(window)) {}

  /// More than was sent widens the window, up to max_credit.
  void grant(std::uint64_t bytes) {
    constexpr auto most = static_cast<std::int64_t>(max_credit);
    left_ = std::min(left_ + static_cast<std::int64_t>(std::min(bytes, max_credit)), most);
    window_ = std::max(window_, left_);
  }
  void spend(std::size_t bytes) { left_ -= static_cast<std::int64_t>(bytes); }

  /// Whether a new frame is worth beginning: a page that gives back little by little is not fed crumbs.
  [[nodiscard]] bool worth_a_frame() const {
    return left_ > 0 && left_ >= std::min<std::int64_t>(log_frame_bytes, window_ / 2);
  }
  /// The size at which a frame is to be cut.
  [[nodiscard]] std::size_t frame_bytes() const {
    return static_cast<std::size_t>(std::clamp<std::int64_t>(left_, 0, log_frame_bytes));
  }
  /// Whether a frame of this size may be sent now: it fits, or nothing is on the way and it will never fit better.
  [[nodiscard]] bool allows(std::size_t bytes) const {
    return static_cast<std::int64_t>(bytes) <= left_ || left_ >= window_;
  }

  [[nodiscard]] std::size_t window() const { return static_cast<std::size_t>(window_); }
  /// What was sent and not worked off yet.
  [[nodiscard]] std::size_t on_the_way() const { return static_cast<std::size_t>(window_ - left_); }

 private:
  std::int64_t window_;
  std::int64_t left_;  // below 0 after a line longer than the window
};

}  // namespace taffrail::api
