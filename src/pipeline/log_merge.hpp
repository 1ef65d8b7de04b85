#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "pipeline/backlog_lane.hpp"
#include "pipeline/log_context.hpp"
#include "pipeline/log_item.hpp"

namespace taffrail {

/// Merges what was written before a read began: the lanes of all its containers, in the order of (place, container),
/// one direction or the other.
///
/// A heap holds the lanes by their fronts. While the first one has a line it gives its lines up to the front of the
/// second; while it is searching it is waited for, since what it finds may come next. So the lane that is furthest
/// behind reads on, and a rare line of one container does not send the others to the far end of their logs.
class LogMerge {
 public:
  /// Lanes that look for their first line at once. More would only wait for the same workers, or hold more memory.
  static constexpr std::size_t opened_at_once = 16;
  /// Of several lanes one that gives no line for this long is left out, so that an engine that hangs does not hold up
  /// the others; each time half as long, for there may be a thousand of that engine.
  static constexpr Duration most_patience = std::chrono::seconds(10);
  static constexpr Duration least_patience = std::chrono::milliseconds(250);

  /// The same beside other reads, for what all of them read waits for the same workers: so many for all, of which each
  /// has some. Who asks for a line or two waits for those.
  static constexpr std::size_t under_way_of_all = 32;
  static constexpr std::size_t least_under_way = 4;

  /// How many of so many lanes are read ahead at once. Each holds one piece more meanwhile.
  static constexpr std::size_t read_ahead(std::size_t lanes) { return std::min(lanes / 16, std::size_t{32}); }

  LogMerge(LogContextPtr context, std::vector<std::shared_ptr<BacklogLane>> lanes);
  ~LogMerge();
  LogMerge(const LogMerge&) = delete;
  LogMerge& operator=(const LogMerge&) = delete;

  struct Amount {
    std::uint64_t lines = 0;
    std::size_t bytes = 0;  ///< as NDJSON, with the items they are in
  };
  /// Adds the next lines to `items`, with the gaps and states met on the way: at most so many lines, and no further run
  /// of them once they have so many bytes, as far as they are at hand without waiting. Says how much it added, a line
  /// at least; nothing when every lane is at its end. Errors only where there is a single lane: its own.
  Task<Result<std::optional<Amount>>> next(std::vector<LogItem>& items, Amount most);

  /// The lanes as they were given, those at their end too.
  [[nodiscard]] const std::vector<std::shared_ptr<BacklogLane>>& lanes() const { return lanes_; }
  /// A lane that looked through more lines than this gives no more (a following read has a live end to come to).
  void set_scan_limit(std::uint64_t lines) { scan_limit_ = lines; }

 private:
  Amount take(std::vector<LogItem>& items, Amount most);
  Task<Result<>> await_line(BacklogLane& lane, std::vector<LogItem>& items);
  [[nodiscard]] std::size_t most_under_way() const;
  void open_others();
  void fetch_ahead();
  void drop(BacklogLane& lane, const std::string& why, std::vector<LogItem>& items);
  using Head = BacklogLane::Head;
  [[nodiscard]] bool comes_before(const Head& one, const Head& other) const {
    return BacklogLane::comes_before(one, other, backward_);
  }
  void make_heap();
  /// Moves the head at this place down to where it belongs. std::pop_heap and std::push_heap go down and up again.
  void sink(std::size_t at);
  /// Puts the first lane where it belongs after it has moved, or takes it out at its end.
  void settle_first();
  [[nodiscard]] const Head* second() const;

  LogContextPtr context_;
  std::vector<std::shared_ptr<BacklogLane>> lanes_;
  bool backward_;                    // as all of them are read
  std::vector<Head> heap_;           // of those that are not done, the next one first
  std::size_t unopened_ = 0;         // of lanes_, from here on none was asked to fetch
  bool opening_ = true;              // lanes are being opened side by side
  std::vector<BacklogLane*> ahead_;  // lanes that were told to read ahead
  Duration patience_ = most_patience;
  std::optional<std::uint64_t> scan_limit_;
};

}  // namespace taffrail
