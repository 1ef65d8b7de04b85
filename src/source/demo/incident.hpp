#pragma once

#include <cstdint>

#include "source/demo/lifecycle.hpp"

namespace taffrail::demo {

/// A deploy that goes wrong. Each twenty minutes of the calendar, which begin as the seed has it, have one: a new
/// version of the shop's orders takes over, gets slower as it fills its memory, is killed for it twice, and is rolled
/// back five minutes later.
struct Incident {
  std::int64_t number = 0;  ///< of the twenty minutes, counted from 1970 on
  Second begin;             ///< the new version's container takes the place of the one before, and the traffic
  Second first_kill;        ///< out of memory
  Second first_restart;
  Second second_kill;
  Second second_restart;
  Second rollback;  ///< the traffic goes back to the version that stood by
  Second over;      ///< from then on nobody notices

  /// The last part of the version that is deployed.
  [[nodiscard]] std::int64_t patch() const { return number % 100; }
  /// Whether the new version has the traffic.
  [[nodiscard]] bool is_on(Second second) const { return begin <= second && second < rollback; }
};

/// The incident of the twenty minutes that hold `second`; it is over before they are.
[[nodiscard]] Incident incident_of(std::uint64_t seed, Second second);
/// The one after it.
[[nodiscard]] Incident next_incident(std::uint64_t seed, const Incident& incident);
/// The last one that has begun by `second`.
[[nodiscard]] Incident last_incident(std::uint64_t seed, Second second);

/// A request that several services tell of, each in its own words and under the same id.
struct Request {
  std::uint64_t id = 0;
  std::uint32_t order = 0;
  std::uint32_t duration_ms = 0;
  std::uint32_t heap_mb = 0;  ///< of who answered it
  bool failed = false;        ///< it took too long
  bool refused = false;       ///< nobody listened
};

/// How many requests for orders came in a second of an incident; none in any other.
/// @param rate multiplies them
[[nodiscard]] std::uint32_t requests_in(std::uint64_t seed, double rate, Second second);
/// One of them.
[[nodiscard]] Request request_of(std::uint64_t seed, Second second, std::uint32_t number);

}  // namespace taffrail::demo
