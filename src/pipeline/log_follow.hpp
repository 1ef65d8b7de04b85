#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "pipeline/live_lane.hpp"
#include "pipeline/log_backlog.hpp"
#include "pipeline/log_context.hpp"
#include "pipeline/log_events.hpp"
#include "pipeline/log_item.hpp"
#include "pipeline/log_newcomers.hpp"

namespace taffrail {

/// The last stage of a read that follows: what is written to the logs of its containers, and of those that join it.
/// What is there at the same moment is put in order; no line is held back for another one.
class LogFollow {
 public:
  explicit LogFollow(LogContextPtr context);
  ~LogFollow();
  LogFollow(const LogFollow&) = delete;
  LogFollow& operator=(const LogFollow&) = delete;

  /// Takes the places of the containers that the read begins with, so that the backlog knows where it ends.
  /// A log whose engine gives no answer is not waited for longer than `open_patience`.
  /// Error unsupported, with the reason to show, where it is the log of the only container that cannot be read.
  Task<Result<std::vector<BacklogPart>>> take_places();
  /// The backlog has been read: from now on lines are given.
  void start(const LogBacklog& backlog);

  /// Adds some items with at most `most` lines, and what has happened; none at the end: all containers were removed,
  /// and no others may join. Errors: of a read of one container, its own; too_large when the filter is too dear.
  Task<Result<>> next(std::vector<LogItem>& items, std::uint64_t most);

 private:
  static constexpr Duration open_patience = std::chrono::seconds(5);
  /// Bytes, as JSON, that are taken from lanes at once: what a read that stands still then holds of rings.
  static constexpr std::size_t most_gathered = 256UZ * 1024;

  void take_up_newcomers(std::vector<LogItem>& items);
  Result<> gather(std::vector<LogItem>& items);
  void merge_runs(std::vector<LogItem>& items, std::uint64_t most);

  LogContextPtr context_;
  std::optional<LogNewcomers> newcomers_;  // of a read that others may join
  std::optional<LogEvents> events_;        // where they were asked for
  std::vector<std::shared_ptr<LiveLane>> lanes_;
  std::vector<ContainerPtr> gone_;  // of which nothing is written any more; until that is told
  std::size_t first_asked_ = 0;     // of the lanes: where the last asking ended
  std::vector<LogLines> runs_;      // taken from lanes and not given yet, in no order
  bool started_ = false;
};

}  // namespace taffrail
