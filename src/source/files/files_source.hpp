#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/worker_pool.hpp"
#include "source/files/glob.hpp"
#include "source/inotify.hpp"
#include "source/logfile/log_file_reader.hpp"
#include "source/source.hpp"

namespace taffrail {

/// Follows files as if each were a container (`--source files:GLOB`). A file's id is a hash of its path, its name its
/// path within the folder that the pattern names. It is running while it exists; files that come to match appear, and
/// one that has been gone for two seconds is removed, so that a rotation is none of their business.
class FilesSource final : public Source {
 public:
  /// @param workers touch the file system, which may hang, so that the owner thread does not
  /// @param workers, clock outlive the source; readers must not outlive the source
  FilesSource(const Executor& executor, WorkerPool& workers, const Clock& clock, files::Glob glob);

  [[nodiscard]] std::string kind() const override { return "files"; }
  Task<> run(SourceSink& sink) override;
  [[nodiscard]] bool owns(const HostId& host) const override { return host == host_.id; }
  Task<Result<Container>> inspect(ContainerId id) override;
  /// Errors beside Source's: permission_denied and io, with the path.
  Task<Result<std::unique_ptr<LogReader>>> open_log(ContainerId id, LogQuery query) override;
  /// Files have no meters: always empty.
  Task<std::vector<std::pair<ContainerId, StatCounters>>> read_stats(std::vector<ContainerId> ids) override;
  void add_queues(QueueLevels& levels) const override {
    levels.add_unbounded("file_workers", workers_.depth());
    levels.add("log_index_bytes", logs_.memory(), logs_.bound());
  }

 private:
  struct Known {
    Container container;
    std::string path;
    std::optional<SteadyTime> missing;  // since when
    bool listed = true;
  };

  Task<> watch_folders(SourceSink& sink);
  [[nodiscard]] Container describe(const std::string& path) const;
  Task<> look(SourceSink& sink);
  Task<> find();
  Task<> cover();
  [[nodiscard]] Duration patience() const;

  WorkerPool& workers_;
  const Clock& clock_;
  files::Glob glob_;
  Host host_;
  std::unique_ptr<Inotify> inotify_;         // nullptr: the system grants none, and folders are looked at in turns
  std::unique_ptr<Inotify::Watch> folders_;  // of all folders in which a match could appear
  std::set<std::string> watched_;            // these
  files::Glob::Found found_;                 // without the folders that cannot be watched
  bool remote_ = false;                      // there are some
  std::map<ContainerId, Known> known_;
  std::unordered_map<std::string, ContainerId> ids_;  // of known_, by path
  logfile::Logs logs_;
  bool told_ = false;
};

}  // namespace taffrail
