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
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "model/container.hpp"
#include "model/stats.hpp"
#include "source/cgroup/cgroup_reader.hpp"

namespace taffrail::docker {

/// The metrics of containers from their control groups: open files for each run of a container, read all in one go on a
/// worker, which owns the descriptors meanwhile.
class CgroupMeters {
 public:
  /// @param host_root where the host's root is mounted; empty: at /
  /// @param workers, clock outlive it
  CgroupMeters(WorkerPool& workers, const Clock& clock, const std::string& host_root)
      : workers_(workers), clock_(clock), roots_(cgroup::Roots::under(host_root)) {}

  struct Wanted {
    ContainerId id;
    std::int64_t pid = 0;  ///< of the container's first process, in this run
  };
  struct Readings {
    std::vector<std::pair<ContainerId, StatCounters>> counters;
    std::vector<ContainerId> unreadable;  ///< whose files cannot be read
  };
  /// @param still_runs whether a container is in the run that was asked about when its reading is done; its files are
  /// kept open for the next one then
  Task<Readings> read(std::vector<Wanted> wanted, std::function<bool(const Wanted&)> still_runs);

  /// The run of a container is over.
  void forget(const ContainerId& id) { meters_.erase(id); }

 private:
  /// The open files of one run.
  struct Meter {
    std::int64_t pid = 0;
    std::unique_ptr<cgroup::CgroupReader> reader;  // null: its files cannot be read
  };
  struct Reading {
    Wanted wanted;
    std::optional<Meter> meter;  // nothing: to be opened
    std::optional<StatCounters> counters;
  };
  void take(Reading& reading) const;

  WorkerPool& workers_;
  const Clock& clock_;
  cgroup::Roots roots_;
  std::unordered_map<ContainerId, Meter> meters_;  // of running containers only
};

}  // namespace taffrail::docker
