#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/worker_pool.hpp"
#include "source/inotify.hpp"
#include "source/logfile/log_reading.hpp"
#include "source/source.hpp"

namespace taffrail::logfile {

class LogFileReader;

/// The readers that follow containers' logs, so that they hear when their container has stopped: a file does not tell.
class LogFollowers {
 public:
  /// @param can_grow whether more may be written to a container's log, as far as the engine's events have told
  explicit LogFollowers(std::function<bool(const ContainerId&)> can_grow) : can_grow_(std::move(can_grow)) {}
  /// What `can_grow` says of this container may be different now.
  void wake(const ContainerId& id);

 private:
  friend class LogFileReader;
  std::function<bool(const ContainerId&)> can_grow_;
  std::unordered_map<ContainerId, std::vector<LogFileReader*>> readers_;
};

/// Reads a log from its files as LogReading says, on the workers, and waits between for what the kernel tells.
class LogFileReader final : public LogReader {
 public:
  /// What readers share.
  struct Shared {
    WorkerPool& workers;
    const Clock& clock;
    Inotify* inotify = nullptr;         ///< null: files are looked at twice a second
    LogFollowers* followers = nullptr;  ///< null: a log ends when its file stays away
  };

  /// Opens the files and finds the places that the query names, and waits for the last line where the query says so.
  /// Errors: those of LogReading::open.
  /// @param shared what it refers to outlives the reader
  static Task<Result<std::unique_ptr<LogReader>>> open(Shared shared, std::shared_ptr<Log> log, ContainerId id,
                                                       LogQuery query);
  LogFileReader(const LogFileReader&) = delete;
  LogFileReader& operator=(const LogFileReader&) = delete;
  ~LogFileReader() override;

  Task<Result<std::optional<LogChunk>>> next() override;
  [[nodiscard]] bool can_wait() const override { return true; }

 private:
  friend class LogFollowers;
  LogFileReader(Shared shared, std::shared_ptr<Log> log, ContainerId id, LogQuery query, const Executor& executor);
  static Task<Result<std::unique_ptr<LogFileReader>>> open_now(Shared shared, std::shared_ptr<Log> log, ContainerId id,
                                                               LogQuery query);
  [[nodiscard]] LogReading::Moment moment() const;
  bool add_watches(Inotify::Addition& addition, bool whole) const;
  Task<Result<LogReading::Step>> step();
  Task<Result<LogReading::Step>> step_watched();
  Task<> wait();
  void wake();

  Shared shared_;
  ContainerId id_;
  LogReading reading_;
  bool told_end_ = false;
  bool done_ = false;
  bool may_have_grown_ = false;            // something was told, or nobody has looked for a while
  std::optional<SteadyTime> given_;        // when the last chunk was
  std::unique_ptr<Inotify::Watch> watch_;  // null: none could be had
  asio::steady_timer poll_;                // in its place
};

}  // namespace taffrail::logfile
