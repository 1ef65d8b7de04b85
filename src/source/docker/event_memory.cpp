#include "source/docker/event_memory.hpp"

namespace taffrail::docker {

bool EventMemory::seen_before(Time time, std::string_view json) {
  if (time < replay_end_) return true;
  if (time == replay_end_ && at_last_.contains(json)) return true;
  if (time > last_) at_last_.clear();
  if (time >= last_) {
    last_ = time;
    constexpr std::size_t enough = 1000;  // of one nanosecond: no engine does that, a broken one might
    if (at_last_.size() < enough) at_last_.emplace(json);
  }
  return false;
}

}  // namespace taffrail::docker
