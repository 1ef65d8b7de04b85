#include "source/docker/event_memory.hpp"

#include <algorithm>
#include <functional>

namespace taffrail::docker {

bool EventMemory::note(Time time, std::string_view json, Time now) {
  const std::uint64_t hash = std::hash<std::string_view>{}(json);
  if (!known_.insert(hash).second) return false;
  if (order_.size() < most) {
    order_.push_back(hash);
  } else {
    known_.erase(order_[oldest_]);
    order_[oldest_] = hash;
    oldest_ = (oldest_ + 1) % most;
  }
  if (time <= now + skew && time > Time{}) last_ = std::max(last_.value_or(time), time);
  return true;
}

}  // namespace taffrail::docker
