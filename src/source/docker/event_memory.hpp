#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/clock.hpp"

namespace taffrail::docker {

/// Where an engine's events were read to, so that a new session goes on there and hears nothing twice.
///
/// An event is known by its bytes, not by its time: engines' clocks are set back, and an event may be dated in 1970 or
/// 2261. Its time only says from when on to ask again, and one in the future does not count there: some engines pass
/// over everything before the time that is asked for, for ever. What is missed all the same, the list tells.
class EventMemory {
 public:
  /// Events remembered: an engine replays its last 256 (Docker), or those since the time asked for, which are few
  /// (Podman). 64 KiB.
  static constexpr std::size_t most = 1024;
  /// How far ahead of ours an engine's clock may be.
  static constexpr Duration skew = std::chrono::minutes(1);

  /// The time to ask for events from, that one included; nothing: none was seen yet.
  [[nodiscard]] std::optional<Time> resume_from() const { return last_; }
  /// Another engine answers: its events are others.
  void forget() { *this = EventMemory(); }
  /// Takes note of an event; whether it is new.
  /// @param json as it came
  /// @param now by our wall clock
  [[nodiscard]] bool note(Time time, std::string_view json, Time now);

 private:
  std::optional<Time> last_;  // of the events that are not in the future
  std::unordered_set<std::uint64_t> known_;
  std::vector<std::uint64_t> order_;  // a ring of the same
  std::size_t oldest_ = 0;
};

}  // namespace taffrail::docker
