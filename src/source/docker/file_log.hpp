#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "source/docker/log_file.hpp"
#include "source/docker/log_search.hpp"
#include "source/docker/log_selection.hpp"
#include "source/source.hpp"
#include "text/json_file.hpp"
#include "text/k8s_file.hpp"

namespace taffrail::docker {

/// Where an engine keeps a container's log, and how it turns its files over.
struct FileLogOptions {
  std::string path;
  LogFormat format = LogFormat::json_file;
  /// The container has a terminal, which puts a '\r' before each newline: it is cut, as the decoder of the API's stream
  /// does.
  bool tty = false;
  /// How many files there are at most: `path`, `path.1`, …, older ones with `.gz` when they are compressed.
  std::uint32_t max_files = 1;
  /// The size from which on the engine turns over; 0: never, or not known.
  std::uint64_t max_size = 0;
};

/// Reads the files of one container's log: finds the place where a query starts and decodes from there, through every
/// way in which the files change under it.
///
/// *Turning over* (dockerd, max-file > 1): `path` is closed, renamed to `path.1` (older ones to higher numbers, the
/// oldest removed) and made anew; later `path.1` becomes `path.1.gz`. The reader holds the descriptors of the files it
/// has still to read, so neither renaming nor removing nor compressing takes a line from it. Files that it does not
/// hold yet are found by looking for its newest one among those that are there; when that is gone, lines are lost, and
/// a gap says so. *max-file 1*: the file is cut to nothing and written anew (some tools copy and cut it too): seen by
/// its size, and by its first bytes when it has grown again. *Podman*: a new file is renamed over the old one.
///
/// Blocking, for workers; one call at a time.
class FileLog {
 public:
  FileLog(FileLogOptions options, const ContainerId& id, LogQuery query);

  /// Opens the files and finds the start. Errors: not_found, permission_denied, io.
  Result<> open();

  struct Step {
    LogChunk chunk;
    bool at_end = false;  ///< everything there was has been read
    bool done = false;    ///< nothing will follow: the query's upper bound is passed, or the log is finished
  };
  /// Reads on until a chunk is full, the end is reached, or a gap is met.
  /// @param final_read nothing will be written any more: what is unfinished at the end is a line too
  Result<Step> read(bool final_read);

 private:
  using Decoder = std::variant<text::JsonFileDecoder, text::K8sFileDecoder>;

  Result<LogPlace> find_start();
  Result<LogPlace> find_tail(LogPlace lowest, std::uint64_t lines);
  Result<LogPlace> find_end();
  struct Count {
    std::uint64_t lines = 0;
    std::uint64_t wanted = 0;   ///< of those behind the first warm-up lines
    std::uint64_t warm_up = 0;  ///< wanted ones among the first warm-up lines
  };
  Result<Count> count(LogPlace from, LogPlace to) const;
  Result<bool> advance();
  void feed(std::string_view bytes);
  void take(text::Line line);
  Result<bool> take_up_new_files();
  Result<> hold_new_files();
  bool was_cut(LogFile& file, bool have_read);
  void enter_file();

  FileLogOptions options_;
  ContainerId id_;
  LogQuery query_;
  LogSelection selection_;
  LogFiles files_;  // still to read, the one at hand first
  std::uint64_t offset_ = 0;
  Decoder decoder_;
  std::string head_;                            // the first bytes of the file at hand
  std::uint64_t seen_size_ = 0;                 // the largest size of it that was seen
  bool skip_nul_ = false;                       // the file was cut under a writer that goes on at its old place
  std::vector<LogFile::Identity> lost_before_;  // files before which lines are missing
  bool gap_due_ = false;                        // lines are missing here
};

/// Opens the files of a log that exist, oldest first, `path` itself last, as they are at one moment.
/// Errors: not_found when `path` is not there, and those of LogFile::open.
[[nodiscard]] Result<LogFiles> open_log_files(const std::string& path, std::uint32_t max_files);

}  // namespace taffrail::docker
