#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/disk_use.hpp"
#include "base/queue_levels.hpp"
#include "base/result.hpp"
#include "base/signal_flag.hpp"
#include "base/task.hpp"
#include "base/task_group.hpp"
#include "base/worker_pool.hpp"
#include "model/container.hpp"
#include "model/stats.hpp"
#include "source/docker/engine_json.hpp"

namespace taffrail::docker {

/// How full the disks are that the containers of an engine have mounted, and the one that the engine itself writes to.
/// Each folder of the host is looked at every half minute, once for all containers that have it.
///
/// A folder on a dead network share keeps whoever looks at it, for as long as it is dead. So folders are looked at on
/// threads of their own, and one that does not answer in time keeps its thread alone: the others go on without it. It
/// is not looked at again while it hangs, nor is anything else of the same share, and has no figures.
///
/// Figures are of this machine's folders, so they are the engine's only where its own folder is there to be seen.
class MountMeters {
 public:
  /// A folder's disk; may block. On any thread.
  using Measure = std::function<Result<DiskUse>(const std::string& path)>;
  struct Timing {
    Duration interval = std::chrono::seconds(30);
    /// How long one folder may take before it is said to hang: this long at least, at most twice as long.
    Duration patience = std::chrono::seconds(2);
    /// New folders are waited for so long before they are looked at together.
    Duration gathering = std::chrono::seconds(1);
  };
  /// Different folders of all containers: further ones have no figures. Each is held with its path, at most 8 KiB.
  static constexpr std::size_t most_places = 10'000;
  /// As many folders may hang before nothing is looked at any more.
  static constexpr std::size_t threads = 3;

  /// @param host_root where the host's root is mounted; empty: at /
  /// @param engine_measured hears of the disk that the engine itself writes to, at each look
  /// @param clock outlives it
  MountMeters(const Executor& executor, const Clock& clock, std::string host_root, Measure measure,
              std::function<void(const DiskUse&)> engine_measured, Timing timing);
  MountMeters(const MountMeters&) = delete;
  MountMeters& operator=(const MountMeters&) = delete;

  /// The engine's own folder, as it told it. Empty: not known, and nothing is looked at.
  void set_engine_folder(std::string path);
  /// The newest figures of a container's mounts, of those that have some. What is asked for is looked at from now on,
  /// until nobody has asked for three rounds.
  [[nodiscard]] MountUses of(const ContainerId& id, const MountPoints& points);
  /// The container's run is over.
  void forget(const ContainerId& id) { known_.erase(id); }

  /// Looks, until cancelled.
  Task<> run();
  /// Waits for what hangs.
  Task<> stop();

  void add_queues(QueueLevels& levels) const;

 private:
  struct Place {
    std::optional<DiskUse> use;
    SteadyTime wanted{};
    bool looked = false;  // at, at least once
  };
  /// What was made of a container's mounts last.
  struct Known {
    MountPoints points;
    std::uint64_t version = 0;
    MountUses uses;
  };
  struct Look;
  using Found = std::vector<std::optional<DiskUse>>;

  Task<> wait();
  Task<> look_at_all();
  Task<> look_at(bool only_new);
  Task<Found> measure(std::vector<std::string> paths);
  Task<std::size_t> end_of(Look& look);
  Task<> work(std::shared_ptr<Look> look);
  Task<> note_hanging(Look& look, const std::string& path);
  [[nodiscard]] bool hangs(const std::string& path) const;

  const Clock& clock_;
  std::string host_root_;
  Measure measure_;
  std::function<void(const DiskUse&)> engine_measured_;
  Timing timing_;
  std::string engine_folder_;
  bool is_here_ = false;      // the engine's folder can be seen
  bool said_absent_ = false;  // that it cannot
  std::map<std::string, Place> places_;
  std::unordered_map<ContainerId, Known> known_;
  std::uint64_t version_ = 1;         // of the figures
  std::vector<std::string> hanging_;  // folders and shares, one for each thread that is kept
  bool has_new_ = false;
  SteadyTime next_{};
  SignalFlag woken_;
  SignalFlag ended_;
  WorkerPool workers_{threads};
  TaskGroup tasks_;
};

}  // namespace taffrail::docker
