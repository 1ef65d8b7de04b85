#include "source/inotify.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <unistd.h>
#include <utility>

namespace taffrail {
namespace {

/// Room for one read of events: at least one with the longest name, commonly a thousand.
constexpr std::size_t read_size = 64 << 10;
/// The rest after each read. A file written a hundred thousand times a second makes as many events, and each would wake
/// its reader; the first one is told at once, those of this time after it together (the kernel merges equal ones).
constexpr auto settle_time = std::chrono::milliseconds(5);

}  // namespace

Inotify::Watch::~Watch() { owner_.leave(*this); }

Task<std::uint32_t> Inotify::Watch::wait(Duration limit) {
  if (pending_ == 0) {
    woken_.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(limit));
    auto [error] = co_await woken_.async_wait(as_result);
    (void)error;  // passed or cancelled by deliver: pending_ tells which
  }
  co_return std::exchange(pending_, 0);
}

void Inotify::Watch::deliver(std::uint32_t bits) {
  if (bits == 0) return;
  pending_ |= bits;
  woken_.cancel();
}

Result<std::unique_ptr<Inotify>> Inotify::open(const Executor& executor) {
  const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor < 0) {
    if (errno == EMFILE)
      return fail(ErrorCode::unavailable,
                  "the user's inotify instances (fs.inotify.max_user_instances) or open files are used up");
    return std::unexpected(system_error("start inotify", errno));
  }
  return std::unique_ptr<Inotify>(new Inotify(executor, descriptor));
}

Inotify::~Inotify() { assert(watches_.empty() && "a Watch must not outlive its Inotify"); }

Result<> Inotify::Watch::also(const std::string& path, std::uint32_t mask) {
  return owner_.enter(*this, path, mask, false);
}

Result<> Inotify::Watch::arm(const std::string& path, std::uint32_t mask) {
  return owner_.enter(*this, path, mask, true);
}

Result<std::unique_ptr<Inotify::Watch>> Inotify::watch(const std::string& path, std::uint32_t mask) {
  std::unique_ptr<Watch> watch(new Watch(*this, executor_));
  if (auto entered = enter(*watch, path, mask, false); !entered) return forward(entered);
  return watch;
}

Result<> Inotify::enter(Watch& watch, const std::string& path, std::uint32_t mask, bool once) {
  // IN_MASK_ADD: another task may watch the same file for other events.
  const std::uint32_t flags = IN_MASK_ADD | (once ? IN_ONESHOT : 0U);
  const int descriptor = ::inotify_add_watch(descriptor_.native_handle(), path.c_str(), mask | flags);
  if (descriptor < 0) {
    if (errno == ENOSPC)
      return fail(ErrorCode::unavailable,
                  "watch " + path + ": the user's inotify watches are used up; raise fs.inotify.max_user_watches");
    return std::unexpected(system_error("watch " + path, errno));
  }
  std::vector<Interest>& interests = watches_[descriptor];
  if (once && std::ranges::find(interests, &watch, &Interest::watch) != interests.end()) return {};  // still armed
  interests.push_back({&watch, mask & IN_ALL_EVENTS, once});
  watch.descriptors_.push_back(descriptor);
  return {};
}

void Inotify::leave(Watch& watch) {
  for (const int descriptor : watch.descriptors_) {
    const auto found = watches_.find(descriptor);
    if (found == watches_.end()) continue;  // the same file, twice
    std::erase_if(found->second, [&](const Interest& interest) { return interest.watch == &watch; });
    if (!found->second.empty()) continue;
    watches_.erase(found);
    // Fails only if the kernel's watch has just died by itself, which is as good.
    (void)::inotify_rm_watch(descriptor_.native_handle(), descriptor);
  }
}

Task<> Inotify::run() {
  alignas(inotify_event) std::array<char, read_size> buffer;
  asio::steady_timer settled(executor_);
  for (;;) {
    const auto [error, size] = co_await descriptor_.async_read_some(asio::buffer(buffer), as_result);
    if (error) {
      if (error == asio::error::operation_aborted) co_return;
      throw boost::system::system_error(error, "read inotify");
    }
    dispatch(buffer.data(), size);
    settled.expires_after(settle_time);
    const auto [cancelled] = co_await settled.async_wait(as_result);
    if (cancelled) co_return;
  }
}

void Inotify::dispatch(const char* bytes, std::size_t size) {
  while (size >= sizeof(inotify_event)) {
    inotify_event event;
    std::memcpy(&event, bytes, sizeof event);
    const std::size_t whole = sizeof event + event.len;
    assert(whole <= size && "the kernel hands out whole events");
    bytes += whole;
    size -= whole;
    if (event.mask & IN_Q_OVERFLOW) {
      ++overflows_;
      for (auto& [descriptor, watches] : watches_)
        for (const Interest& interest : watches) interest.watch->deliver(interest.mask | IN_Q_OVERFLOW);
      continue;
    }
    const auto found = watches_.find(event.wd);
    if (found == watches_.end()) continue;  // an event from before its watch was left
    bool ended = (event.mask & IN_IGNORED) != 0;
    for (const Interest& interest : found->second) {
      // An armed watch ends with its event. When it was armed anew in the moment before the kernel took it away, it is
      // IN_IGNORED that tells: then, too, there is something to look at.
      ended = ended || interest.once;
      const std::uint32_t bits = event.mask & (interest.mask | (interest.once ? 0U : IN_IGNORED | IN_UNMOUNT));
      interest.watch->deliver(bits == 0 && interest.once ? interest.mask : bits);
    }
    if (ended) {
      for (const Interest& interest : found->second) std::erase(interest.watch->descriptors_, event.wd);
      watches_.erase(found);
    }
  }
}

}  // namespace taffrail
