#pragma once

#include <cstddef>
#include <sys/resource.h>

namespace taffrail::cgroup {

/// How many descriptors the cgroup files of this process may keep open, over all engines: a quarter of what the process
/// may open, so that connections, logs and the store always find some. Who gets none opens and closes its files for
/// each reading. Lives on the owner thread.
class DescriptorBudget {
 public:
  DescriptorBudget() = default;
  /// Of a fixed size, for tests.
  explicit DescriptorBudget(std::size_t most) : most_(most), fixed_(true) {}

  /// Whether `n` more may be opened; they count as open then.
  [[nodiscard]] bool take(std::size_t n) {
    if (used_ + n > most()) return false;
    used_ += n;
    return true;
  }
  void give_back(std::size_t n) { used_ -= n; }
  [[nodiscard]] std::size_t used() const { return used_; }
  [[nodiscard]] std::size_t most() const {
    rlimit limit{};
    if (fixed_ || ::getrlimit(RLIMIT_NOFILE, &limit) != 0) return most_;
    return static_cast<std::size_t>(limit.rlim_cur) / 4;
  }

 private:
  std::size_t most_ = 256;  // a quarter of the usual 1,024, where the limit is not told
  bool fixed_ = false;
  std::size_t used_ = 0;
};

}  // namespace taffrail::cgroup
