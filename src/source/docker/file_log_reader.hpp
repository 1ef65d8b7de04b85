#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/worker_pool.hpp"
#include "source/docker/file_log.hpp"
#include "source/inotify.hpp"
#include "source/source.hpp"

namespace taffrail::docker {

class FileLogReader;

/// The readers that follow logs by their files, so that they hear when their container has stopped: a file does not
/// tell.
class LogFollowers {
 public:
  /// @param can_grow whether more may be written to a container's log, as far as the engine's events have told
  explicit LogFollowers(std::function<bool(const ContainerId&)> can_grow) : can_grow_(std::move(can_grow)) {}
  /// What `can_grow` says of this container may be different now.
  void wake(const ContainerId& id);

 private:
  friend class FileLogReader;
  std::function<bool(const ContainerId&)> can_grow_;
  std::unordered_map<ContainerId, std::vector<FileLogReader*>> readers_;
};

/// Reads a container's log from the engine's own files, at no cost to the engine.
class FileLogReader final : public LogReader {
 public:
  /// Opens the files. Errors: those of FileLog::open; the caller may fall back to the engine then.
  /// @param inotify null: files are looked at every other second. It, `workers` and `followers` outlive the reader
  static Task<Result<std::unique_ptr<FileLogReader>>> open(FileLogOptions options, ContainerId id, LogQuery query,
                                                           WorkerPool& workers, Inotify* inotify,
                                                           LogFollowers& followers);
  FileLogReader(const FileLogReader&) = delete;
  FileLogReader& operator=(const FileLogReader&) = delete;
  ~FileLogReader() override;

  Task<Result<std::optional<LogChunk>>> next() override;

 private:
  friend class LogFollowers;
  FileLogReader(FileLogOptions options, const ContainerId& id, LogQuery query, WorkerPool& workers,
                LogFollowers& followers, const Executor& executor);
  void arm();
  Task<> wait();
  void wake();

  ContainerId id_;
  std::string path_;
  bool follow_;
  WorkerPool& workers_;
  LogFollowers& followers_;
  std::unique_ptr<Inotify::Watch> watch_;  // of the files' folder and the newest file; null: none could be had
  asio::steady_timer poll_;                // in its place
  FileLog log_;
  bool caught_up_ = false;  // that was said
  bool done_ = false;
};

}  // namespace taffrail::docker
