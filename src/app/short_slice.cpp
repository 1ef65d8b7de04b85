#include "app/short_slice.hpp"

#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace taffrail {
namespace {

/// The least that there is, in nanoseconds (Documentation/scheduler/sched-eevdf.rst of Linux); the usual is some
/// milliseconds.
constexpr __u64 shortest_slice = 100'000;

}  // namespace

void ask_for_short_slice() {
  sched_attr attributes{};
  if (::syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
  // What its threads do not get is reset for them, and with it a priority above the usual, which may be wanted.
  if (attributes.sched_policy != SCHED_NORMAL || attributes.sched_nice < 0) return;
  attributes.sched_runtime = shortest_slice;
  attributes.sched_flags |= SCHED_FLAG_RESET_ON_FORK;
  // It is a wish: where it is refused, all is as it was.
  (void)::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace taffrail
