#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "model/container.hpp"
#include "pipeline/prepared_batch.hpp"

namespace taffrail {

/// What to read of one log, or of several merged in (time, seq, container) order.
struct LogRequest {
  std::vector<ContainerId> containers;  ///< at most LogRead::max_containers
  std::optional<Cursor> cursor;         ///< ascending: after it; descending: before it
  std::optional<Cursor> until_cursor;   ///< the other bound, exclusive
  std::optional<Time> since;            ///< inclusive
  std::optional<Time> until;            ///< exclusive
  std::optional<std::uint64_t> tail;    ///< ascending only: the last so many of the range, at most LogRead::max_tail
  std::optional<std::uint64_t> limit;   ///< end after so many
  bool descending = false;              ///< newest first
  bool follow = false;                  ///< ascending only, without `until` and `until_cursor`: go on with what comes
  /// Makes the filter of one container's lines, when its reading begins; empty: all lines.
  std::function<RecordFilter(const Container&)> filter_of;
  /// With `follow`: containers that come to fulfil this while the read is open are taken up too, with all their lines
  /// within the bounds, or, with `tail`, those since the read began. Empty: no others are.
  std::function<bool(const Container&)> joins;
  /// What becomes of a following reader that falls behind the shared ring: it reads the lines again from the source
  /// (HTTP clients: nothing lost, at their own pace), or it gets a Gap with the exact count (pages, which fetch what
  /// they want to see).
  enum class Behind : std::uint8_t { reread, gap } behind = Behind::reread;
};

/// Lines of one batch, in the order to deliver.
struct LogLines {
  BatchPtr batch;
  std::vector<std::uint32_t> picks;  ///< indices into batch->batch.records
};
/// The backlog is delivered; what follows is live.
struct LogCaughtUp {};
/// What the reader of a container does now.
struct LogState {
  ContainerId container;
  enum class What : std::uint8_t { following, waiting, ended, unreadable } what = What::following;
  std::string reason;  ///< for a person; empty for following
};
using LogItem = std::variant<LogLines, Gap, LogState, LogCaughtUp>;

[[nodiscard]] std::string_view to_string(LogState::What what);

class Pipeline;

/// One reading by one viewer. Destroying it releases the shared streams it holds. Must not outlive the pipeline.
class LogRead {
 public:
  static constexpr std::size_t max_containers = 1000;  ///< each holds a chunk of up to 256 KiB while merging
  static constexpr std::uint64_t max_tail = 100'000;   ///< a tail is looked through twice when it is more than 1 MiB

  /// Errors: invalid_argument for a request that contradicts itself or exceeds a limit.
  static Result<std::unique_ptr<LogRead>> open(Pipeline& pipeline, LogRequest request);
  ~LogRead();
  LogRead(const LogRead&) = delete;
  LogRead& operator=(const LogRead&) = delete;

  /// The next items, at least one; an empty vector is the end. A following read ends when all its containers are
  /// removed, unless others may join. Errors: the source's, when a container's log cannot be read and it is the only
  /// one (of several, the unreadable one is told by a LogState and the others go on).
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
