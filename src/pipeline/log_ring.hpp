#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/queue_levels.hpp"
#include "base/signal_flag.hpp"
#include "pipeline/classified_batch.hpp"

namespace taffrail {

class LogRing;

/// Keeps the rings of all followed containers within one budget: beyond it the largest ring loses its oldest entry, so
/// that ten thousand busy containers and one share it alike.
class RingMemory {
 public:
  explicit RingMemory(std::size_t bytes) : bound_(bytes) {}
  RingMemory(const RingMemory&) = delete;
  RingMemory& operator=(const RingMemory&) = delete;

  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t bound() const { return bound_; }

 private:
  friend class LogRing;
  /// The ring's bytes have changed.
  void resize(LogRing& ring, std::size_t before, std::size_t after);
  /// Has the largest rings drop what they can until the budget is kept.
  void trim();

  std::size_t bound_;
  std::size_t bytes_ = 0;
  std::set<std::pair<std::size_t, LogRing*>> by_size_;  // those that hold something
};

/// The last batches of one container's log, which all who follow it read at their own pace. A follower is an index. The
/// ring is bounded in bytes and entries; who falls off its old end knows how many lines that was, because every entry
/// carries the count of lines before it. Those who are owed every line hold the old end instead: whoever publishes
/// waits for them (`has_room`).
class LogRing {
 public:
  /// Bytes that a ring holds for those who are behind: at a full-speed container, about a tenth of a second of 1 M
  /// lines/s; at 1,000 lines/s, half a minute. More would let slower viewers go without gaps.
  static constexpr std::size_t most_bytes = 16UZ * 1024 * 1024;
  /// A container that writes a line now and then has an entry for each.
  static constexpr std::size_t most_entries = 8192;
  /// Bytes that a ring keeps although everybody has taken them.
  static constexpr std::size_t idle_bytes = 256UZ * 1024;
  /// Bytes that those who are owed every line may leave to be taken before the log waits for them: a second of 20,000
  /// lines/s.
  static constexpr std::size_t owed_bytes = 4UZ * 1024 * 1024;
  /// In place of an index: a follower that reads from elsewhere.
  static constexpr std::uint64_t not_in_ring = ~std::uint64_t{0};
  /// Entries that fell off the ring of which we know yet how many lines they made: in them a viewer that reads again
  /// from the source finds out where it stands. 32 bytes each.
  static constexpr std::size_t dropped_marks = 4096;

  /// So many lines came up to here since the ring began, and so often the source had lost some.
  struct Tally {
    std::uint64_t lines = 0;
    std::uint64_t losses = 0;
  };
  /// The end of an entry: `last` is the last line there is up to it.
  struct Mark {
    Seq last = 0;
    Tally tally;
  };
  /// What a filter leaves of an entry's batch, made once for all who have the same one.
  struct View {
    FilterPtr filter;
    BatchPtr batch;  ///< rendered; null until `ready`, and where all lines are wanted
    bool ready = false;
    bool exhausted = false;
  };
  struct Entry {
    BatchPtr batch;
    std::optional<Gap> gap;  ///< lines the source lost just before this batch
    Tally before;            ///< of this batch, and of the gap
    Mark end;
    std::vector<std::shared_ptr<View>> views{};
  };
  using EntryPtr = std::shared_ptr<Entry>;

  /// @param on_joined called when there is one more follower
  LogRing(const Executor& executor, RingMemory& memory, std::function<void()> on_joined)
      : memory_(memory), moved_(executor), on_joined_(std::move(on_joined)) {}
  ~LogRing();
  LogRing(const LogRing&) = delete;
  LogRing& operator=(const LogRing&) = delete;

  void push(BatchPtr batch, std::optional<Gap> gap);
  /// False while somebody who is owed every line has left too much to be taken; `moved` is notified when that changes.
  [[nodiscard]] bool has_room() const;
  [[nodiscard]] SignalFlag& moved() { return moved_; }
  /// An entry holds more than before: it was rendered or filtered. Nothing where it has been dropped meanwhile.
  void recount(std::uint64_t index);

  [[nodiscard]] std::uint64_t first_index() const { return first_index_; }
  [[nodiscard]] std::uint64_t end_index() const { return first_index_ + entries_.size(); }
  /// @param index first_index() <= index < end_index()
  [[nodiscard]] const EntryPtr& entry(std::uint64_t index) const { return entries_[index - first_index_].entry; }
  /// The end of all that was published.
  [[nodiscard]] const Mark& end() const { return end_; }
  /// The first end of an entry, held or dropped lately, among the lines from `first` to `last`.
  [[nodiscard]] std::optional<Mark> mark_among(Seq first, Seq last) const;
  /// No line up to this one is held: it fell off the ring's old end, or stands before the first that was published; 0
  /// where the ring has all of the log.
  [[nodiscard]] Seq last_dropped() const { return last_dropped_; }
  /// The log has lines already before the first one that will be published, which is `first`.
  void begin_with(Seq first) { last_dropped_ = first - 1; }

  /// Somebody who follows, while this lives.
  class Follower {
   public:
    /// @param flag notified at every new entry; outlives this
    /// @param next the index of the entry taken next; not_in_ring: it reads elsewhere
    /// @param owed nothing from `next` on may be dropped
    /// @param patience how long lines may wait in the log, as LogConsumer has it
    Follower(LogRing& ring, SignalFlag& flag, std::uint64_t next, bool owed = false, Duration patience = {});
    ~Follower();
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;
    [[nodiscard]] std::uint64_t next() const { return next_; }
    void move_to(std::uint64_t next);

   private:
    friend class LogRing;
    LogRing& ring_;
    SignalFlag& flag_;
    std::uint64_t next_;
    bool owed_;
    Duration patience_;
    std::list<Follower*>::iterator self_;
  };
  [[nodiscard]] bool has_followers() const { return !followers_.empty(); }
  /// Of the follower that has the least.
  [[nodiscard]] Duration patience() const;
  void notify_followers();
  void add_queues(QueueLevels& levels) const;

 private:
  friend class RingMemory;
  struct Held {
    EntryPtr entry;
    std::size_t bytes = 0;  // as counted
  };
  /// False when there is none that may go.
  bool drop_oldest();
  void trim();
  void set_bytes(std::size_t bytes);

  RingMemory& memory_;
  std::deque<Held> entries_;
  std::uint64_t first_index_ = 0;
  std::size_t bytes_ = 0;
  Mark end_;
  std::deque<Mark> dropped_;  // the last dropped_marks of them
  Seq last_dropped_ = 0;
  std::list<Follower*> followers_;
  SignalFlag moved_;  // a follower that is owed every line has moved on
  std::function<void()> on_joined_;
};

}  // namespace taffrail
