#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "pipeline/log_item.hpp"
#include "pipeline/log_request.hpp"

namespace taffrail {

class Pipeline;

/// One reading by one viewer. Destroying it releases the shared streams it holds. Must not outlive the pipeline.
///
/// It goes through up to two stages: a backlog (or the tail of it) is merged in the direction asked for, up to the
/// places that were taken in the shared rings before; from there what is written is followed.
class LogRead {
 public:
  static constexpr std::size_t max_containers = 1000;  ///< each holds a part of what the read may hold
  static constexpr std::uint64_t max_tail = 100'000;   ///< a tail is looked through twice when it is long

  /// Errors: invalid_argument for a request that contradicts itself or exceeds a limit; unavailable while too many logs
  /// are being read.
  static Result<std::unique_ptr<LogRead>> open(Pipeline& pipeline, LogRequest request);
  ~LogRead();
  LogRead(const LogRead&) = delete;
  LogRead& operator=(const LogRead&) = delete;

  /// The next items, at least one; an empty vector is the end. A following read ends when all its containers are
  /// removed, unless others may join. Errors: the source's, when a container's log cannot be read and it is the only
  /// one (of several, the unreadable one is told by a LogState and the others go on); too_large when the filter takes
  /// more of the workers than one reader's may.
  Task<Result<std::vector<LogItem>>> next();
  /// The cursor after the last line delivered, for the next page; nothing before the first line.
  [[nodiscard]] std::optional<Cursor> cursor() const;
  /// True at the end when `limit` ended the read and not the log.
  [[nodiscard]] bool truncated() const;

 private:
  class Impl;
  explicit LogRead(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace taffrail
