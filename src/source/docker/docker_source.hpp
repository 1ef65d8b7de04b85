#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/backoff.hpp"
#include "base/task_group.hpp"
#include "base/worker_pool.hpp"
#include "source/docker/cgroup_meters.hpp"
#include "source/docker/engine_client.hpp"
#include "source/docker/engine_pulse.hpp"
#include "source/docker/event_memory.hpp"
#include "source/docker/inspections.hpp"
#include "source/docker/inventory.hpp"
#include "source/docker/mount_meters.hpp"
#include "source/docker/stats_streams.hpp"
#include "source/inotify.hpp"
#include "source/logfile/log_file_reader.hpp"
#include "source/source.hpp"
#include "source/tells_setup.hpp"

namespace taffrail::docker {

struct DockerOptions {
  net::Endpoint endpoint;
  std::shared_ptr<net::ClientTls> tls;
  std::string name;       ///< of the host; empty: what the engine calls itself
  bool log_files = true;  ///< read the engine's log files where they are readable
  bool cgroup = true;     ///< read metrics from cgroup files where they are readable
  std::string host_root;  ///< where the engine's file system is mounted; empty: at /
  /// For cgroup files that are kept open, shared by all engines; outlives the source. Null: one of its own.
  cgroup::DescriptorBudget* descriptors = nullptr;

  /// How full the disk is that a path of the engine's host lies on; empty: by `disk_use`, below `host_root`.
  MountMeters::Measure measure_disk;

  /// The waits, which tests shorten.
  EnginePulse::Timing pulse;
  MountMeters::Timing mounts;
  /// Between two lists beside the events, each drawn from the upper half of this: what was missed is wrong for so long.
  /// A list of 10,000 containers costs the engine some 200 ms and us 30 ms on a worker.
  Duration list_again = std::chrono::minutes(5);
  /// Between two lists that events ask for.
  Duration list_soon = std::chrono::seconds(10);
};

/// One Docker engine, or Podman service, with its containers.
///
/// A session with the engine is: agree on a version, ask who it is, open its events, then list. What happens in between
/// comes by event after the list and does no harm twice. Events change what they plainly say at once, and ask for an
/// inspection, which tells the rest. When the session breaks, all stays as it was known; the next one asks for the
/// events since the last one seen, and lists again, as is done every few minutes anyway. An engine that hangs keeps its
/// session, and is said not to answer.
///
/// Stopped containers are known from the list alone. Running ones are inspected in the background, a few at a time;
/// whatever somebody asks for, at once, and what an inspection told holds until an event.
///
/// Files and disks of this machine are looked at for an engine that is reached by a unix socket only: what another says
/// of paths and processes is of its own machine, whatever has the same name here.
class DockerSource final : public Source, public TellsSetup {
 public:
  /// @param file_workers read log files, which may lie on a file system that hangs; else `workers`. They and `clock`
  /// outlive the source
  DockerSource(Executor executor, WorkerPool& workers, WorkerPool& file_workers, const Clock& clock,
               DockerOptions options);
  DockerSource(const DockerSource&) = delete;
  DockerSource& operator=(const DockerSource&) = delete;
  ~DockerSource() override;

  [[nodiscard]] std::string kind() const override { return "docker"; }
  Task<> run(SourceSink& sink) override;
  [[nodiscard]] bool owns(const HostId& host) const override { return host == host_.id; }
  Task<Result<Container>> inspect(ContainerId id) override;
  Task<Result<ContainerSetup>> setup_of(ContainerId id) override;
  Task<Result<std::unique_ptr<LogReader>>> open_log(ContainerId id, LogQuery query) override;
  Task<std::vector<std::pair<ContainerId, StatCounters>>> read_stats(std::vector<ContainerId> ids) override;

  void add_queues(QueueLevels& levels) const override;

  /// For taffrail_engine_requests_total.
  [[nodiscard]] const RequestCounts& request_counts() const { return client_.counts(); }
  /// For taffrail_engine_refused_total.
  [[nodiscard]] const Refusals& refusals() const { return inventory_.refusals(); }

 private:
  using Entry = Inventory::Entry;

  Task<> supervise(SourceSink& sink);
  Task<Result<>> session(SourceSink& sink);
  Task<Result<>> converse(SourceSink& sink);
  Task<Result<>> introduce(SourceSink& sink);
  Task<Result<>> list(SourceSink& sink, bool whole);
  Task<Result<>> read_list(ListReader& reader);
  Task<Result<>> read_events(net::ResponseStream& stream, SourceSink& sink);
  Task<Result<>> keep_listing(SourceSink& sink);

  void tell_host(HostState state, std::string detail);
  void set_established(bool established);
  void pulse_turned();
  [[nodiscard]] bool is_answering() const { return established_ && !pulse_.is_silent(); }
  void handle_event(std::string_view json, SourceSink& sink);
  void ask_list();
  Task<std::optional<logfile::LogOptions>> log_files_of(const Entry& entry);
  [[nodiscard]] ContainerId own(ContainerId id) const;
  void ended(const ContainerId& id);

  Executor executor_;
  WorkerPool& workers_;
  WorkerPool& file_workers_;
  const Clock& clock_;
  DockerOptions options_;
  const bool is_local_;
  EngineClient client_;
  Host host_;
  std::optional<Host> told_;    // as the sink knows it
  std::string data_root_;       // of the engine
  bool established_ = false;    // the session has listed
  SourceSink* sink_ = nullptr;  // while run() runs
  Inventory inventory_;
  logfile::Logs logs_;
  std::unordered_map<ContainerId, std::string> log_paths_;  // of containers whose log files were read
  logfile::LogFollowers followers_;
  std::unique_ptr<Inotify> inotify_;  // null: the kernel refused one
  Backoff backoff_;
  bool refused_files_ = false;   // that log files are not readable was said
  bool refused_cgroup_ = false;  // that cgroup files are not readable was said
  cgroup::DescriptorBudget own_descriptors_;
  CgroupMeters meters_;
  MountMeters mounts_;
  EventMemory events_;
  EnginePulse pulse_;
  Inspections inspections_;
  std::minstd_rand random_;
  SteadyTime next_list_{};
  SteadyTime last_list_{};
  asio::steady_timer list_timer_;
  StatsStreams stats_streams_;
  TaskGroup tasks_;
};

}  // namespace taffrail::docker
