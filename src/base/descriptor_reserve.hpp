#pragma once

#include <fcntl.h>
#include <unistd.h>

namespace taffrail {

/// One descriptor that is kept for the moment when the process, or the system, has none left. Whoever must have one to
/// tell a peer so, or to end something in order, gives it up, does that, and takes it back:
///
///     if (reserve.give_up()) { …accept, refuse, close…; reserve.take(); }
///
/// Another thread may be faster and get it; then there is none until `take` finds one again.
class DescriptorReserve {
 public:
  DescriptorReserve() { take(); }
  ~DescriptorReserve() { give_up(); }
  DescriptorReserve(const DescriptorReserve&) = delete;
  DescriptorReserve& operator=(const DescriptorReserve&) = delete;

  /// Frees the descriptor. False when there is none to free.
  bool give_up() {
    if (held_ < 0) return false;
    ::close(held_);
    held_ = -1;
    return true;
  }
  /// Holds a descriptor again, if one is to be had. Idempotent.
  bool take() {
    if (held_ < 0) held_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    return held_ >= 0;
  }

 private:
  int held_ = -1;
};

}  // namespace taffrail
