#include "app/heap.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <malloc.h>
#include <unistd.h>

#include "base/second.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;

/// How often the process is looked at: a few microseconds each. While memory is given back whoever allocates waits,
/// some milliseconds for 100 MiB, so more often is no better.
constexpr auto look_interval = 1s;
/// What the allocator may keep to itself. More would make bursts cheaper, and memory that nobody uses dearer.
constexpr std::size_t most_kept = 32UZ << 20;
/// Resident bytes that are gained before it is worth while to look again: what cannot be given back is not asked for
/// every second.
constexpr std::size_t worth_while = 16UZ << 20;
/// Seconds after which it is asked for nevertheless: what was in use at the last look may be free.
constexpr int look_again = 10;

/// Bytes of this process that are in memory now; 0 where that cannot be known.
std::size_t resident() {
  std::ifstream file("/proc/self/statm");
  std::size_t size = 0;
  std::size_t pages = 0;
  file >> size >> pages;
  return file ? pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

#ifdef __GLIBC__
void trim(std::size_t now) {
  const struct mallinfo2 heap = ::mallinfo2();
  if (now > heap.uordblks + heap.hblkhd + most_kept) ::malloc_trim(0);
}
#endif

}  // namespace

void settle_allocator() {
#ifdef __GLIBC__
  // Batches of lines are made on one thread and let go on another, a few hundred KiB at a time. An arena for each
  // thread keeps what it once had: with 600 lines of 250 KiB asked for by six clients 547 MiB were resident, with two
  // arenas and fixed thresholds 338, at no measurable cost in time. (Giving back every block from 128 KiB on at once
  // costs 0.7 µs a line in place of 0.45; trim_heap gives it back a moment later.)
  ::mallopt(M_ARENA_MAX, 2);
  ::mallopt(M_MMAP_THRESHOLD, 2 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 8 << 20);
#endif
}

Task<> trim_heap(WorkerPool& workers) {
#ifdef __GLIBC__
  std::size_t last = most_kept;
  for (int looks = 0;; ++looks) {
    co_await sleep_to_second(look_interval);
    const std::size_t now = resident();
    last = std::min(last, now);
    const std::size_t known = looks < look_again ? std::max(last, most_kept) : most_kept;
    if (now < known + worth_while) continue;
    looks = 0;
    co_await workers.run([now] { trim(now); });
    last = resident();
  }
#else
  (void)workers;
  co_return;
#endif
}

}  // namespace taffrail
