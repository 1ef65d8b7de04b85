#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/backoff.hpp"
#include "base/signal_flag.hpp"
#include "base/task_group.hpp"
#include "base/worker_pool.hpp"
#include "source/docker/cgroup_meters.hpp"
#include "source/docker/engine_client.hpp"
#include "source/docker/event_memory.hpp"
#include "source/docker/stats_streams.hpp"
#include "source/inotify.hpp"
#include "source/logfile/log_file_reader.hpp"
#include "source/source.hpp"

namespace taffrail::docker {

struct DockerOptions {
  net::Endpoint endpoint;
  std::shared_ptr<const net::TlsContext> tls;
  std::string name;       ///< of the host; empty: what the engine calls itself
  bool log_files = true;  ///< read the engine's log files where they are readable
  bool cgroup = true;     ///< read metrics from cgroup files where they are readable
  std::string host_root;  ///< where the engine's file system is mounted; empty: at /
};

/// One Docker engine, or Podman service, with its containers.
///
/// A session with the engine is: agree on a version, ask who it is, open its events, then list. What happens in between
/// comes by event after the list and does no harm twice. Events change what they plainly say at once, and ask for an
/// inspection, which tells the rest. When the session breaks, all stays as it was known; the next one asks for the
/// events since the last one seen, and lists again.
///
/// Stopped containers are known from the list alone. Running ones are inspected in the background, a few at a time;
/// whatever somebody asks for, at once.
class DockerSource final : public Source {
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
  Task<Result<std::unique_ptr<LogReader>>> open_log(ContainerId id, LogQuery query) override;
  Task<std::vector<std::pair<ContainerId, StatCounters>>> read_stats(std::vector<ContainerId> ids) override;

  void add_queues(QueueLevels& levels) const override;

  /// For taffrail_engine_requests_total.
  [[nodiscard]] const RequestCounts& request_counts() const { return client_.counts(); }

 private:
  struct Entry {
    Container container;
    bool inspected = false;
    std::string log_path;
    std::map<std::string, std::string> log_options;
    std::int64_t pid = 0;
  };

  Task<> supervise(SourceSink& sink);
  void tell_host(SourceSink& sink);
  Task<Result<>> session(SourceSink& sink);
  Task<Result<>> introduce(SourceSink& sink);
  Task<Result<>> list(SourceSink& sink);
  Task<Result<>> read_events(net::ResponseStream& stream, SourceSink& sink);
  Task<Result<>> keep_asking();
  Task<> inspect_in_turn();

  void handle_event(std::string_view json, SourceSink& sink);
  Entry& entry_of(const ContainerEvent& event);
  void ask_inspection(const ContainerId& id, bool urgent);
  Task<Result<Entry>> refresh(ContainerId id);
  [[nodiscard]] bool can_grow(const ContainerId& id) const;
  [[nodiscard]] std::optional<logfile::LogOptions> log_files_of(const Entry& entry) const;
  void ended(const ContainerId& id);

  Executor executor_;
  WorkerPool& workers_;
  WorkerPool& file_workers_;
  const Clock& clock_;
  DockerOptions options_;
  EngineClient client_;
  Host host_;
  bool host_told_ = false;
  SourceSink* sink_ = nullptr;  // while run() runs
  std::unordered_map<ContainerId, Entry> containers_;
  logfile::Logs logs_;
  logfile::LogFollowers followers_;
  std::unique_ptr<Inotify> inotify_;  // null: the kernel refused one
  Backoff backoff_;
  bool refused_files_ = false;   // that log files are not readable was said
  bool refused_cgroup_ = false;  // that cgroup files are not readable was said
  CgroupMeters meters_;
  EventMemory events_;

  std::deque<ContainerId> to_inspect_;  // bounded by containers_: each once
  std::unordered_set<ContainerId> waiting_;
  SignalFlag more_to_inspect_;
  StatsStreams stats_streams_;
  TaskGroup tasks_;
};

}  // namespace taffrail::docker
