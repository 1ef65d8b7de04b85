#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace taffrail {

/// How full the queues and rings of this process are, for `taffrail_queue_depth{queue}` and
/// `taffrail_queue_bound{queue}`. There may be thousands of one kind (a ring for each log that is followed): a kind is
/// one figure, that of the fullest.
class QueueLevels {
 public:
  struct Level {
    std::size_t depth = 0;
    std::optional<std::size_t> bound;
  };

  /// @param queue the kind, such as "log_ring_bytes"; what is counted ends its name, entries where nothing does
  void add(std::string_view queue, std::size_t depth, std::size_t bound) {
    Level& fullest = at(queue);
    if (!fullest.bound || fullness(depth, bound) > fullness(fullest.depth, *fullest.bound)) fullest = {depth, bound};
  }
  /// A queue without a bound of its own, for those who put into it are bounded; all of a kind together.
  void add_unbounded(std::string_view queue, std::size_t depth) { at(queue).depth += depth; }

  [[nodiscard]] const std::map<std::string, Level, std::less<>>& all() const { return levels_; }

 private:
  static double fullness(std::size_t depth, std::size_t bound) {
    return bound == 0 ? 0 : static_cast<double>(depth) / static_cast<double>(bound);
  }
  Level& at(std::string_view queue) {
    const auto known = levels_.find(queue);
    return known == levels_.end() ? levels_.emplace(queue, Level{}).first->second : known->second;
  }

  std::map<std::string, Level, std::less<>> levels_;
};

}  // namespace taffrail
