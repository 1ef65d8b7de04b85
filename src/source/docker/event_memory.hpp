#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace taffrail::docker {

/// Where an engine's events were read to, so that a new session goes on there and hears nothing twice.
class EventMemory {
 public:
  /// A session begins. @return the time to ask for events from, that one included; the epoch: none was seen yet
  Time begin_session() { return replay_end_ = last_; }
  /// Another engine answers: its events are others.
  void forget() {
    last_ = replay_end_ = Time{};
    at_last_.clear();
  }
  /// Whether the event was seen in the session before; takes note of it.
  /// @param json as it came: of one time there may be several
  [[nodiscard]] bool seen_before(Time time, std::string_view json);

 private:
  Time last_{};                                 // of the last event seen
  Time replay_end_{};                           // events up to here may have been seen before
  std::set<std::string, std::less<>> at_last_;  // the events of exactly the last time
};

}  // namespace taffrail::docker
