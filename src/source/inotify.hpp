#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <sys/inotify.h>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace taffrail {

/// Tells tasks that a file or folder changed, some 25 ms after it did: what happens together is told together. One
/// kernel instance serves a whole source, for the kernel grants a user only 128 of them
/// (fs.inotify.max_user_instances), but many watches.
///
/// What happened is not queued: a watch holds the union of the event bits since it was last asked, and its task looks
/// at the file or folder again. So memory is bounded by the number of watches, and an overflow of the kernel's queue
/// costs nothing but a look at everything: every watch then gets all the bits it asked for and IN_Q_OVERFLOW.
///
/// All calls are made on the owner thread but those of an Addition that touch the file system: a mount that hangs must
/// hold a worker, not the owner.
class Inotify {
 public:
  /// One task's interest in one path, or in several. It must not outlive its Inotify.
  class Watch {
   public:
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    /// The bits (IN_*) that came since the last call, waiting for some; 0 when `limit` passed without. IN_IGNORED says
    /// that the watch is dead, because its file is gone: nothing but that limit will end a wait from then on. Some file
    /// systems (network, FUSE) never tell: a limit of a second or two, and a look after it, serves them too. One task
    /// waits at a time.
    Task<std::uint32_t> wait(Duration limit);
    /// Ends the wait that is under way, if one is, without an event: its task has something else to look at.
    void wake() { woken_.cancel(); }

   private:
    friend class Inotify;
    Watch(Inotify& owner, const Executor& executor) : owner_(owner), woken_(executor) {}
    void deliver(std::uint32_t bits);

    Inotify& owner_;
    asio::steady_timer woken_;
    std::vector<int> descriptors_;  // of the kernel's watches that live
    std::uint32_t pending_ = 0;
  };

  /// Paths that are about to be watched: made on the owner thread, filled on a worker, and entered for a watch on the
  /// owner thread again. What happens to them in between is told when they are entered. It must not outlive its
  /// Inotify.
  class Addition {
   public:
    explicit Addition(Inotify& owner);
    /// Gives up what was not entered.
    ~Addition();
    Addition(const Addition&) = delete;
    Addition& operator=(const Addition&) = delete;

    /// Watches a path. On any thread; may block. Several watches of one file share the kernel's.
    /// @param mask the events wanted, such as IN_MODIFY or IN_CREATE | IN_MOVED_TO
    /// Errors: not_found, permission_denied, unavailable (the user's watches are used up; the detail names the setting
    /// to raise).
    Result<> watch(const std::string& path, std::uint32_t mask);
    /// Watches a path until its first event. To be called again before each look at the file, so that what comes
    /// after the look is told. Between the event and that call whoever writes the file pays nothing, where a standing
    /// watch costs it half a microsecond a write (of one: 0.9 µs without, 1.4 with one on the file, 1.5 on the
    /// folder), which for a log is the engine's time. The event told may be any of `mask`. One path is watched either
    /// this way or the other, by all watches. On any thread; may block. Errors as of `watch`.
    Result<> arm(const std::string& path, std::uint32_t mask);

    /// What was added is the watch's from now on. Error: unavailable when a path's watch ended meanwhile, by another
    /// watch's leaving it or because its file is gone; adding it again tells.
    Result<> enter(Watch& watch);

   private:
    friend class Inotify;
    struct Path {
      int descriptor;
      std::uint32_t mask;
      bool once;
    };
    Result<> add(const std::string& path, std::uint32_t mask, bool once);

    Inotify& owner_;
    int kernel_;           // the descriptor of the kernel's instance
    std::uint64_t since_;  // the number of the first event that comes after this was made
    std::vector<Path> paths_;
  };

  /// Error unavailable, with what to raise, when the user's instances are used up.
  [[nodiscard]] static Result<std::unique_ptr<Inotify>> open(const Executor& executor);

  Inotify(const Inotify&) = delete;
  Inotify& operator=(const Inotify&) = delete;
  /// Asserts that no watch is left.
  ~Inotify();

  /// Hands events to the watches until cancelled. Its owner keeps it running in a TaskGroup.
  Task<> run();

  /// Of no path yet.
  [[nodiscard]] std::unique_ptr<Watch> watch() { return std::unique_ptr<Watch>(new Watch(*this, executor_)); }

  /// How often the kernel's queue ran over, for the metrics.
  [[nodiscard]] std::uint64_t overflows() const { return overflows_; }

 private:
  Inotify(const Executor& executor, int kernel) : executor_(executor), kernel_(kernel) {}
  bool take_events();
  void dispatch(const char* bytes, std::size_t size);
  Result<> enter(Watch& watch, const Addition::Path& path, std::uint64_t since);
  void leave(Watch& watch);
  void end(int descriptor);
  void remember(int descriptor, std::uint32_t bits);
  [[nodiscard]] std::uint32_t happened(int descriptor, std::uint64_t since) const;

  struct Interest {
    Watch* watch;
    std::uint32_t mask;
    bool once;
  };

  Executor executor_;
  int kernel_;                                              // the descriptor of the kernel's instance
  std::unordered_map<int, std::vector<Interest>> watches_;  // by the kernel's watch descriptor
  // While there are additions: the last events, whosever they are, and the number of the first of these.
  struct Event {
    int descriptor;
    std::uint32_t bits;
  };
  std::size_t additions_ = 0;
  std::deque<Event> events_;
  std::uint64_t first_event_ = 0;
  std::uint64_t overflows_ = 0;
};

}  // namespace taffrail
