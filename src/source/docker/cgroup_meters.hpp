#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/queue_levels.hpp"
#include "base/signal_flag.hpp"
#include "base/task.hpp"
#include "base/task_group.hpp"
#include "base/worker_pool.hpp"
#include "model/container.hpp"
#include "model/stats.hpp"
#include "source/cgroup/cgroup_reader.hpp"
#include "source/cgroup/descriptor_budget.hpp"

namespace taffrail::docker {

/// The metrics of containers from their control groups, read in turns on a thread of its own: a host root that hangs
/// holds up neither the caller nor logs.
///
/// A container's files are kept open while the budget has room for them. Where it has not, those that are read every
/// second take the place of those that are read every ten, and the rest opens and closes its files for each reading:
/// slower (60 µs a container in place of 20), but as right.
class CgroupMeters {
 public:
  /// What one turn of containers may take before the caller goes on without them; reading it takes milliseconds.
  static constexpr Duration turn_limit = std::chrono::seconds(2);
  /// Containers in a turn: what is given back to the owner in one piece, under a millisecond there.
  static constexpr std::size_t turn_size = 250;
  /// A container read again within this time is watched.
  static constexpr Duration hot = std::chrono::seconds(3);

  /// @param host_root where the host's root is mounted; empty: at /
  /// @param budget, clock outlive it
  CgroupMeters(const Executor& executor, const Clock& clock, const std::string& host_root,
               cgroup::DescriptorBudget& budget, Duration limit = turn_limit);
  ~CgroupMeters();
  CgroupMeters(const CgroupMeters&) = delete;
  CgroupMeters& operator=(const CgroupMeters&) = delete;

  struct Wanted {
    ContainerId id;
    std::int64_t pid = 0;  ///< of the container's first process, in this run
  };
  struct Readings {
    std::vector<std::pair<ContainerId, StatCounters>> counters;
    /// Whose files are not there to be read. One whose reading failed this time is in neither list.
    std::vector<ContainerId> unreadable;
  };
  /// What could be read in time. While an earlier turn still hangs it is nothing, at once.
  /// @param still_runs whether a container is in the run that was asked about when its reading is done; its files are
  /// known for the next one then. Called until `stop`.
  Task<Readings> read(std::vector<Wanted> wanted, std::function<bool(const Wanted&)> still_runs);

  /// The run of a container is over.
  void forget(const ContainerId& id);

  /// Ends what is under way; no `read` after it gives anything.
  Task<> stop();

  void add_queues(QueueLevels& levels) const { levels.add("cgroup_descriptors", budget_.used(), budget_.most()); }
  /// Readings that failed, and containers left out because a turn did not end in time.
  [[nodiscard]] std::uint64_t failures() const { return failures_; }

 private:
  /// What is known of one run.
  struct Meter {
    std::int64_t pid = 0;
    std::unique_ptr<cgroup::CgroupReader> reader;  // null: not looked for yet, or its files are not there to be read
    bool looked = false;                           // for its files
    bool budgeted = false;                         // its descriptors count in the budget
    SteadyTime asked{};                            // when it was last wanted; none: never
  };
  struct Reading {
    Wanted wanted;
    std::optional<Meter> meter;  // nothing: to be opened
    std::optional<StatCounters> counters;
    std::optional<Error> failed;
  };
  struct Turn {
    std::vector<Reading> readings;
    std::function<bool(const Wanted&)> still_runs;
    Readings found;
    bool ended = false;
  };
  void prepare(Turn& turn, std::vector<Wanted>::iterator from, std::vector<Wanted>::iterator to);
  void give_room(Turn& turn);
  Task<> work(std::shared_ptr<Turn> turn);
  Task<Result<>> end_of(std::shared_ptr<Turn> turn);
  void take(Reading& reading) const;
  void store(Turn& turn);
  void give_up(std::size_t containers);
  void say(const std::string& what);

  const Clock& clock_;
  cgroup::Roots roots_;
  cgroup::DescriptorBudget& budget_;
  Duration limit_;
  std::unordered_map<ContainerId, Meter> meters_;  // of running containers only
  bool under_way_ = false;
  bool stopped_ = false;
  std::uint64_t failures_ = 0;
  SteadyTime said_{};  // when a failure was last logged
  SignalFlag turn_ended_;
  WorkerPool worker_{1};
  TaskGroup tasks_;
};

}  // namespace taffrail::docker
