#include "app/short_slice.hpp"

#include <cstdint>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace taffrail {
namespace {

/// struct sched_attr of the kernel in its first version. Its header, linux/sched/types.h, does not go together with
/// sched.h, and the C library has it from glibc 2.41 on.
struct SchedulingAttributes {
  std::uint32_t size;
  std::uint32_t policy;
  std::uint64_t flags;
  std::int32_t nice;
  std::uint32_t priority;
  std::uint64_t runtime;  // here: the slice, in nanoseconds
  std::uint64_t deadline;
  std::uint64_t period;
};
static_assert(sizeof(SchedulingAttributes) == 48);  // SCHED_ATTR_SIZE_VER0

/// The least that there is (Documentation/scheduler/sched-eevdf.rst of Linux); the usual is some milliseconds.
constexpr std::uint64_t shortest_slice = 100'000;
constexpr std::uint64_t reset_on_fork = 1;  // SCHED_FLAG_RESET_ON_FORK

}  // namespace

void ask_for_short_slice() {
  SchedulingAttributes attributes{};
  if (::syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
  // What its threads do not get is reset for them, and with it a priority above the usual, which may be wanted.
  if (attributes.policy != SCHED_OTHER || attributes.nice < 0) return;
  attributes.runtime = shortest_slice;
  attributes.flags |= reset_on_fork;
  // It is a wish: where it is refused, all is as it was.
  (void)::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace taffrail
