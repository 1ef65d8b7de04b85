#pragma once

#include <memory>
#include <optional>

#include "base/clock.hpp"
#include "base/worker_pool.hpp"
#include "source/files/file_reading.hpp"
#include "source/inotify.hpp"
#include "source/source.hpp"

namespace taffrail::files {

/// Reads one log file as FileReading says, on the workers, and waits between for what the kernel tells.
class FileReader final : public LogReader {
 public:
  /// What readers share.
  struct Shared {
    WorkerPool& workers;
    const Clock& clock;
    Inotify* inotify;  ///< nullptr: files are looked at twice a second
  };

  /// Opens the files and finds the places that the query names.
  /// @param shared, log what they refer to outlives the reader
  /// Errors: not_found, permission_denied, unsupported, io.
  static Task<Result<std::unique_ptr<LogReader>>> open(Shared shared, LogFile& log, ContainerId id, LogQuery query);
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;
  ~FileReader() override;

  Task<Result<std::optional<LogChunk>>> next() override;

 private:
  FileReader(Shared shared, LogFile& log, ContainerId id, LogQuery query);
  void watch();
  void arm();
  Task<> wait();

  Shared shared_;
  LogFile& log_;
  FileReading reading_;
  bool told_end_ = false;
  std::unique_ptr<Inotify::Watch> watch_;
};

}  // namespace taffrail::files
