#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

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
/// old go with their blocks, as soon as all lines of a block are.
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
  /// There may be something to do.
  void notify() { wake_.notify(); }
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
  [[nodiscard]] Result<std::vector<BlockInfo>> run_of(store::Snapshot& snapshot, Due due) const;
  /// Whether something was done, as below.
  Task<Result<bool>> merge();
  Task<Result<bool>> drop_too_old();
  Task<Result<bool>> drop_too_much();
  /// Which of the oldest blocks of a log are to go.
  struct What {
    std::uint64_t bytes = 0;        ///< enough when so many are gone
    std::optional<Place> before{};  ///< those that begin before this, but the oldest one anyhow
    std::optional<Time> until{};    ///< those of which no line states this time or a later one
  };
  Task<Result<bool>> drop(LogKey key, What what);

  store::Store& store_;
  WorkerPool& workers_;
  const Clock& clock_;
  Catalogue& catalogue_;
  std::function<void(const ContainerId&)> dropped_;
  SignalFlag wake_;
  Retention retention_;
  // Blocks that a log had when nothing of it was to be merged: it is looked at again when it has some more.
  std::map<LogKey, std::uint64_t> looked_at_;
  std::set<BlockKey> damaged_;  // cannot be read
  SteadyTime next_age_look_{};
  State state_;
};

}  // namespace taffrail::history
