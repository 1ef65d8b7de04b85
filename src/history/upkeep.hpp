#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "base/age_clock.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/signal_flag.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "history/catalogue.hpp"
#include "store/store.hpp"

namespace taffrail::history {

/// How much of history is kept.
struct Retention {
  std::uint64_t bytes = 1ULL << 30;  ///< of all blocks
  std::optional<Duration> age;       ///< of lines, by what they state; nothing: any
  friend bool operator==(const Retention&, const Retention&) = default;
};

/// Makes large blocks of small ones and drops the oldest, one thing at a time, behind everybody else.
///
/// *Merge.* Plain blocks in a row are made into blocks of templates when they have template_bytes of lines or are
/// most_plain; small blocks of templates when they are most_small. So a line is written twice, one of a log that says
/// little three times.
///
/// *Retention.* Where all blocks together are larger than they may be, the oldest block of those logs goes that have
/// more than an equal share: a log that says much does not take the place of those that say little. Lines that are too
/// old go with their blocks, as soon as all lines of a block are; a clock that jumps a day makes none too old at once
/// (AgeClock).
///
/// Where the disk is full before, and the file has no free pages, the oldest lines make room for the newest all the
/// same.
///
/// What is deleted goes some blocks at a time, and the file gets shorter behind it: neither holds up who writes.
class Upkeep {
 public:
  static constexpr std::uint64_t most_plain = 64;
  static constexpr std::uint64_t most_small = 16;
  /// Plain blocks of all logs together; beyond it those of the log that has most are merged.
  static constexpr std::uint64_t most_plain_bytes = 16ULL << 20;

  struct State {
    std::uint64_t merges = 0;         ///< since the start
    std::uint64_t dropped_lines = 0;  ///< by retention, since the start
    std::uint64_t damaged = 0;        ///< blocks that could not be read when they were to be merged
  };
  /// @param dropped called when a log lost blocks, or is no more
  Upkeep(const Executor& executor, store::Store& store, WorkerPool& workers, const Clock& clock, Catalogue& catalogue,
         std::function<void(const ContainerId&)> dropped);

  /// Until cancelled.
  Task<> run();
  /// Deletes all that is stored of a log now, and the log itself where nothing was written since and its container is
  /// gone. What is begun is done, whether or not somebody waits for it to its end.
  Task<Result<>> forget(LogKey key);
  /// There may be something to do.
  void notify() {
    asked_ = true;
    wake_.notify();
  }
  /// So much could not be written, for the disk is full: makes the file have free pages for it. 0: it could.
  void make_room(std::uint64_t bytes);
  void set_retention(const Retention& retention);
  [[nodiscard]] const Retention& retention() const { return retention_; }
  [[nodiscard]] const State& state() const { return state_; }

 private:
  /// Blocks that were taken away, and the oldest one that is left.
  struct Dropped {
    std::vector<BlockInfo> blocks;
    std::optional<Place> first;
  };
  /// A log that has something to merge, and whether it is to be merged though it is little.
  struct Due {
    LogKey key = 0;
    bool anyhow = false;
  };

  [[nodiscard]] std::optional<Due> due() const;
  /// The next blocks of a log to be made one; none.
  [[nodiscard]] static Result<std::vector<BlockInfo>> run_of(store::Snapshot& snapshot, Due due,
                                                             const std::set<BlockKey>& damaged);
  /// Whether something was done, as below.
  Task<Result<bool>> merge();
  Task<Result<bool>> drop_too_old();
  Task<Result<bool>> drop_forgotten();
  Task<Result<bool>> drop_too_much();
  /// How much of the blocks is to go, be it for the retention or for want of room.
  Task<Result<std::uint64_t>> too_much();
  Task<Result<bool>> give_back();
  /// Which of the oldest blocks of a log are to go.
  struct What {
    std::uint64_t bytes = 0;        ///< enough when so many are gone
    std::optional<Place> before{};  ///< those that begin before this, but the oldest one anyhow
    std::optional<Time> until{};    ///< those of which no line states this time or a later one
    std::optional<Seq> up_to{};     ///< those that end with this line or before it
  };
  Task<Result<bool>> drop(LogKey key, What what);

  store::Store& store_;
  WorkerPool& workers_;
  const Clock& clock_;
  Catalogue& catalogue_;
  std::function<void(const ContainerId&)> dropped_;
  SignalFlag wake_;
  bool asked_ = false;  // since it last began to look
  Retention retention_;
  std::uint64_t room_ = 0;       // bytes that are to be free in the file
  std::uint64_t room_left_ = 0;  // bytes of blocks that stay, however little room there is
  SignalFlag forgotten_;
  std::optional<Error> not_forgotten_;  // why the last try to forget something failed
  std::set<BlockKey> damaged_;          // cannot be read
  bool shortens_ = true;                // the file may have more free pages than it is to keep
  SteadyTime next_age_look_{};
  SteadyTime next_age_write_{};
  std::optional<AgeClock> age_clock_;  // once it is known what is stored
  State state_;
};

}  // namespace taffrail::history
