#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/signal_flag.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "history/catalogue.hpp"
#include "history/stored_block.hpp"
#include "pipeline/log_consumer.hpp"
#include "pipeline/registry.hpp"
#include "store/store.hpp"

namespace taffrail::history {

/// Takes lines, gathers them for a second and writes those of all containers in one transaction. What is written is
/// acknowledged; what is not is asked for again after a restart.
///
/// While the disk is full, or fails, lines are gathered up to a bound. Beyond it they are dropped, acknowledged all the
/// same, for live reading must not wait, and remembered as a gap of exact length, which is written with the next lines.
class Ingest {
 public:
  /// Lines that are held at most, written or not; who brings more waits.
  static constexpr std::size_t most_bytes = 24UZ << 20;
  /// A log that has gathered so much is written at once: what a feed gives before it waits.
  static constexpr std::size_t large_bytes = 4UZ << 20;
  /// From so many bytes of lines on a block is made of templates at once.
  static constexpr std::size_t template_bytes = 1UZ << 20;
  static constexpr Duration interval = std::chrono::seconds(1);

  struct State {
    std::optional<Time> failing_since;  ///< nothing could be written since
    std::string failure;                ///< why, for a person
    std::uint64_t lost = 0;             ///< lines that were dropped meanwhile, since the start
    std::uint64_t written_lines = 0;    ///< since the start
    std::uint64_t written_bytes = 0;    ///< of blocks
  };
  using Acknowledge = std::function<void(const ContainerId&, Seq)>;
  /// Called when the catalogue has more, with 0; when the disk is full, with the bytes that found no room.
  using Written = std::function<void(std::uint64_t full)>;

  /// All outlive it.
  Ingest(const Executor& executor, store::Store& store, WorkerPool& workers, const Clock& clock,
         const Registry& registry, Catalogue& catalogue, Acknowledge acknowledge, Written written);

  /// Takes a delivery, waiting while there is no room.
  Task<Result<>> take(LogDelivery delivery);
  /// Has what was taken written at once.
  void hurry();
  /// Writes what comes, until cancelled.
  Task<> run();
  /// Waits until what has been taken so far is written, while `run` runs. Error: why it could not.
  Task<Result<>> flush();

  [[nodiscard]] const State& state() const { return state_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  /// What waits of one log.
  struct Pending {
    std::vector<BatchPtr> batches;
    std::vector<Gap> gaps;
    std::optional<Gap> lost;  // behind the batches: lines that were dropped
    std::size_t bytes = 0;
    Place last;  // taken or dropped
  };
  using AllPending = std::map<ContainerId, Pending>;
  struct Job;

  /// The last line of a log that was taken, now or ever; of none: zero.
  [[nodiscard]] Place last_of(const ContainerId& id) const;
  void drop(Pending& pending, const ContainerId& id, const Batch& batch, const Place& last);
  Task<> write_pending();
  Task<Result<>> write();
  void take_back();

  store::Store& store_;
  WorkerPool& workers_;
  const Clock& clock_;
  const Registry& registry_;
  Catalogue& catalogue_;
  Acknowledge acknowledge_;
  Written written_;
  SignalFlag wake_;  // there is something to write at once
  SignalFlag room_;
  SignalFlag idle_;   // a round of writing has ended
  SignalFlag asked_;  // somebody waits for one
  AllPending pending_;
  AllPending being_written_;
  std::size_t bytes_ = 0;  // of both
  bool urgent_ = false;
  RowWriter writer_;
  std::uint64_t rounds_ = 0;       // of writing that have ended
  std::uint64_t asked_round_ = 0;  // somebody waits, or has waited, for as many
  Result<> outcome_;               // of the last
  State state_;
};

}  // namespace taffrail::history
