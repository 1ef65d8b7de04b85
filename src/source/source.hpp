#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fair_places.hpp"
#include "base/queue_levels.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "model/container.hpp"
#include "model/record.hpp"
#include "model/stats.hpp"

namespace taffrail {

/// Where a source tells what it sees. All calls are made on the owner thread.
class SourceSink {
 public:
  virtual ~SourceSink() = default;
  /// Whether a source may tell of this host: it is no other one's.
  [[nodiscard]] virtual bool may_be_host(const HostId& id) const {
    (void)id;
    return true;
  }
  /// The host appeared or its description or state changed.
  virtual void host_changed(Host host) = 0;
  /// The host is none any more: an engine that could not be reached before turned out to have another id. It has no
  /// containers then.
  virtual void host_removed(const HostId& id) { (void)id; }
  /// The complete list of a host's containers: those it had before and that are not in it are gone. Taken up in turns;
  /// what is told of a container meanwhile is newer than the list. One list of a host at a time.
  virtual Task<> containers_listed(HostId host, std::vector<Container> containers) = 0;
  /// One container is new or different.
  virtual void container_changed(Container container) = 0;
  virtual void container_removed(const ContainerId& id) = 0;
  virtual void container_event(ContainerEvent event) = 0;
  /// A reading of metrics, from a source that is told them rather than asked. `read_stats` gives the others.
  virtual void container_sampled(const ContainerId& id, const StatCounters& counters) {
    (void)id;
    (void)counters;
  }
  /// How full the disk is that a host writes to, of those that tell it.
  virtual void disk_measured(const HostId& host, const HostDisk& disk) {
    (void)host;
    (void)disk;
  }
};

/// Which lines of one container's log to read: those that fulfil every bound, in the order of the log; with none it is
/// all the source still has.
struct LogQuery {
  std::optional<Cursor> after;        ///< a line of this log: only lines with a greater seq
  std::optional<Cursor> before;       ///< a line of this log: only lines with a smaller seq
  std::optional<Time> from;           ///< only lines whose place has this time or a later one
  std::optional<Time> to;             ///< only lines whose place has this time or an earlier one
  std::optional<Time> since;          ///< only lines that state this time or a later one, wherever they stand
  std::optional<Time> until;          ///< only lines that state an earlier time, wherever they stand
  std::optional<std::uint64_t> tail;  ///< of those, only the last so many; 0 with `follow` starts at the end
  /// With `tail`: of those again only the last ones that have so many bytes together, but one at least.
  std::optional<std::uint64_t> tail_bytes;
  bool follow = false;  ///< go on with new lines as they are written, until the log can grow no more
  /// Without `follow`: wait until it is known whether the last line is whole, two seconds at most. Without this, a line
  /// that may still be written is left out.
  bool wait_for_last_line = false;
  bool owed =
      false;  ///< whoever reads must not miss any: an engine that is away is an error, not the end of what is had
  /// About how many bytes of lines a chunk has at most; one line may be longer. A merge of many logs asks for less.
  std::size_t chunk_bytes = 256UZ * 1024;
  /// Who asks for this and for other logs, so that who asks for much waits for those who ask for little. Null: somebody
  /// who asks for nothing else.
  std::shared_ptr<FairPlaces::Asker> asker;
  /// What a reader of this keeps is counted by whoever asks (MemoryBudget).
  bool counted = false;
};

/// Some lines, in order.
struct LogChunk {
  Batch batch;              ///< seq, time, place_time, stream, bytes and truncated are set
  bool classified = false;  ///< level, head_level, kind and continues are set, too; then there is no context
  /// The first `context` records stand before what was asked for: the reader's warm-up lines, for whoever must know
  /// what came before (a line may continue one of them). They are no part of the answer. Only the first chunk has some.
  std::size_t context = 0;
  std::optional<Gap> gap;  ///< lines missing just before this batch, where the source knows of them
  bool at_end = false;     ///< nothing more was there at the time of reading
};

/// One reading of a log. Destroying it releases what it holds.
class LogReader {
 public:
  virtual ~LogReader() = default;
  /// The next chunk, at most about `chunk_bytes` of lines (a following reader waits for one line, then takes what is
  /// there). The first call of a following reader that finds nothing answers once with an empty batch and `at_end`, so
  /// that the caller knows it has caught up. Nothing at the end. Errors: unavailable and the like when the source
  /// broke; the caller opens a new reader with `after` then.
  virtual Task<Result<std::optional<LogChunk>>> next() = 0;
  /// Whether what is written is still there when it is asked for half a second later: of a file, which is turned over
  /// at a size. An engine whose stream is not taken leaves out whole files, and does not say so.
  [[nodiscard]] virtual bool can_wait() const { return false; }
};

/// What people may ask of a container. `remove` is refused for one that runs.
enum class ContainerAction : std::uint8_t { start, stop, restart, kill, pause, unpause, remove };

/// The size of a terminal, in characters.
struct TerminalSize {
  std::uint16_t columns = 100;
  std::uint16_t rows = 40;
};

/// What is to run, or to be attached to, in a container.
struct ExecRequest {
  std::vector<std::string> command;      ///< program and arguments; empty: attach to its main process
  std::optional<TerminalSize> terminal;  ///< with a terminal of this size; else with pipes
};

/// A process in a container, with its input and output. Destroying it lets go of the process, and does not end it.
class ExecSession {
 public:
  virtual ~ExecSession() = default;
  /// Some output, as soon as there is any, of stdout and stderr as they come; empty at the end.
  virtual Task<Result<std::string>> read() = 0;
  /// Gives it input. What `input` views lives until this returns.
  virtual Task<Result<>> write(std::string_view input) = 0;
  virtual Task<Result<>> resize(TerminalSize size) = 0;
  /// After the end: what it exited with, where the source knows.
  virtual Task<Result<std::optional<int>>> exit_code() = 0;
};

/// An engine, or another place with containers. Lives on the owner thread.
class Source {
 public:
  virtual ~Source() = default;
  /// For logs and metrics: "docker", "files", …
  [[nodiscard]] virtual std::string kind() const = 0;
  /// Lists, then watches, until cancelled. Supervises its own connection: an unreachable engine is a host state, tried
  /// again with jittered backoff, not an end. `sink` outlives the task.
  virtual Task<> run(SourceSink& sink) = 0;
  /// Whether it answers for this host.
  [[nodiscard]] virtual bool owns(const HostId& host) const = 0;
  /// Everything that an inspection tells. Errors: not_found.
  virtual Task<Result<Container>> inspect(ContainerId id) = 0;
  /// Opens the container's log. Errors: unsupported with the reason to show (log driver none), not_found, unavailable.
  virtual Task<Result<std::unique_ptr<LogReader>>> open_log(ContainerId id, LogQuery query) = 0;
  /// Present readings of the containers that have one. The sampler asks for the same ones again and again; a source
  /// that needs a stream per container keeps those open that are asked for and closes the others.
  virtual Task<std::vector<std::pair<ContainerId, StatCounters>>> read_stats(std::vector<ContainerId> ids) = 0;
  /// Does something to a container, and returns when it is done. What became of it comes by the sink as ever. Errors:
  /// unsupported (also where this kind of source has no such action), not_found, conflict (its state forbids it).
  virtual Task<Result<>> act(ContainerId id, ContainerAction action) {
    (void)id;
    (void)action;
    co_return fail(ErrorCode::unsupported, "containers of a source of the kind " + kind() + " cannot be acted upon");
  }
  /// Starts a process in a container that runs, or attaches to its own. Errors: as `act`.
  virtual Task<Result<std::unique_ptr<ExecSession>>> exec(ContainerId id, ExecRequest request) {
    (void)id;
    (void)request;
    co_return fail(ErrorCode::unsupported, "nothing can be run in containers of a source of the kind " + kind());
  }
  /// Adds how full its queues are.
  virtual void add_queues(QueueLevels& levels) const { (void)levels; }
};

}  // namespace taffrail
