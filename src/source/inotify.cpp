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
/// While files are written the kernel is asked at multiples of this, and its events of this time are told together: an
/// engine writes line by line, and each look at a log costs two changes of threads, whatever it finds. Multiples, so
/// that all sources wake up together; one that is at hand is too early.
using Gathering = std::chrono::duration<std::int64_t, std::ratio<40, 1000>>;
constexpr auto at_hand = std::chrono::milliseconds(5);
/// Events remembered for additions. One that takes so long that more come is told of all that it asks for; a larger
/// bound spares that a look and costs 8 bytes each.
constexpr std::size_t most_remembered = 4096;
/// Of an event that concerns every descriptor.
constexpr int all_descriptors = -1;

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

Inotify::~Inotify() {
  assert(watches_.empty() && "a Watch must not outlive its Inotify");
  assert(additions_ == 0 && "an Addition must not outlive its Inotify");
  ::close(kernel_);
}

Inotify::Addition::Addition(Inotify& owner)
    : owner_(owner), kernel_(owner.kernel_), since_(owner.first_event_ + owner.events_.size()) {
  ++owner_.additions_;
}

Inotify::Addition::~Addition() {
  for (const Path& path : paths_)
    if (!owner_.watches_.contains(path.descriptor)) owner_.end(path.descriptor);
  if (--owner_.additions_ > 0) return;
  owner_.first_event_ += owner_.events_.size();
  owner_.events_.clear();
}

Result<> Inotify::Addition::watch(const std::string& path, std::uint32_t mask) { return add(path, mask, false); }

Result<> Inotify::Addition::arm(const std::string& path, std::uint32_t mask) { return add(path, mask, true); }

Result<> Inotify::Addition::add(const std::string& path, std::uint32_t mask, bool once) {
  // IN_MASK_ADD: another task may watch the same file for other events.
  const std::uint32_t flags = IN_MASK_ADD | (once ? IN_ONESHOT : 0U);
  const int descriptor = ::inotify_add_watch(kernel_, path.c_str(), mask | flags);
  if (descriptor >= 0) {
    paths_.push_back({descriptor, mask, once});
    return {};
  }
  if (errno == ENOSPC)
    return fail(ErrorCode::unavailable,
                "watch " + path + ": the user's inotify watches are used up; raise fs.inotify.max_user_watches");
  return std::unexpected(system_error("watch " + path, errno));
}

Result<> Inotify::Addition::enter(Watch& watch) {
  Result<> result;
  for (const Path& path : std::exchange(paths_, {}))
    if (auto entered = owner_.enter(watch, path, since_); !entered) result = std::move(entered);
  return result;
}

Result<> Inotify::enter(Watch& watch, const Addition::Path& path, std::uint64_t since) {
  const std::uint32_t bits = happened(path.descriptor, since);
  const bool ended = (bits & IN_IGNORED) != 0 && !watches_.contains(path.descriptor);
  if (path.once) {
    std::vector<Interest>* armed = nullptr;
    if (const auto found = watches_.find(path.descriptor); found != watches_.end()) armed = &found->second;
    // Its event came before it was entered, or took the kernel's watch with it.
    if (!armed && bits != 0) {
      watch.deliver((bits & path.mask) != 0 ? bits & path.mask : path.mask);
      return {};
    }
    if (armed && std::ranges::find(*armed, &watch, &Interest::watch) != armed->end()) return {};  // still armed
  } else if (ended) {
    return fail(ErrorCode::unavailable, "what was to be watched went away");
  }
  watches_[path.descriptor].push_back({&watch, path.mask & IN_ALL_EVENTS, path.once});
  watch.descriptors_.push_back(path.descriptor);
  if (!path.once) watch.deliver(bits & (path.mask | IN_Q_OVERFLOW));
  return {};
}

void Inotify::remember(int descriptor, std::uint32_t bits) {
  if (additions_ == 0) return;
  if (events_.size() >= most_remembered) {
    events_.pop_front();
    ++first_event_;
  }
  events_.push_back({descriptor, bits});
}

/// What happened to a descriptor since that event; everything but its end where that is not known any more.
std::uint32_t Inotify::happened(int descriptor, std::uint64_t since) const {
  std::uint32_t bits = since < first_event_ ? IN_ALL_EVENTS | IN_Q_OVERFLOW : 0;
  const std::uint64_t from = std::max(since, first_event_) - first_event_;
  for (std::size_t i = from; i < events_.size(); ++i)
    if (events_[i].descriptor == descriptor || events_[i].descriptor == all_descriptors) bits |= events_[i].bits;
  return bits;
}

/// Nobody is interested in it any more.
void Inotify::end(int descriptor) {
  // Fails only if the kernel's watch has just died by itself, which is as good.
  (void)::inotify_rm_watch(kernel_, descriptor);
  // An addition that was given this very watch meanwhile has to be made again.
  remember(descriptor, IN_IGNORED);
}

void Inotify::leave(Watch& watch) {
  for (const int descriptor : watch.descriptors_) {
    const auto found = watches_.find(descriptor);
    if (found == watches_.end()) continue;  // the same file, twice
    std::erase_if(found->second, [&](const Interest& interest) { return interest.watch == &watch; });
    if (!found->second.empty()) continue;
    watches_.erase(found);
    end(descriptor);
  }
}

Task<> Inotify::run() {
  for (;;) {
    {
      // The reactor has it only while nothing happens, or each event would wake us up.
      struct Lent {
        asio::posix::stream_descriptor descriptor;
        ~Lent() { (void)descriptor.release(); }
      } lent{asio::posix::stream_descriptor(executor_, kernel_)};
      const auto [error] = co_await lent.descriptor.async_wait(asio::posix::stream_descriptor::wait_read, as_result);
      if (error == asio::error::operation_aborted) co_return;
      if (error) throw boost::system::system_error(error, "wait for inotify");
    }
    do {
      asio::steady_timer gathered(executor_);
      gathered.expires_at(std::chrono::ceil<Gathering>(std::chrono::steady_clock::now() + at_hand));
      const auto [cancelled] = co_await gathered.async_wait(as_result);
      if (cancelled) co_return;
    } while (take_events());
  }
}

/// Whether there were some. What is more than a read's is left for the next one.
bool Inotify::take_events() {
  alignas(inotify_event) std::array<char, read_size> buffer;
  ssize_t size = 0;
  do size = ::read(kernel_, buffer.data(), buffer.size());
  while (size < 0 && errno == EINTR);
  if (size < 0 && errno == EAGAIN) return false;
  if (size <= 0) throw boost::system::system_error(errno, boost::system::system_category(), "read inotify");
  dispatch(buffer.data(), static_cast<std::size_t>(size));
  return true;
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
      remember(all_descriptors, IN_ALL_EVENTS | IN_Q_OVERFLOW);
      for (auto& [descriptor, watches] : watches_)
        for (const Interest& interest : watches) interest.watch->deliver(interest.mask | IN_Q_OVERFLOW);
      continue;
    }
    remember(event.wd, event.mask);
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
