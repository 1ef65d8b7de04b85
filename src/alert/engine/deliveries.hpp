#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "alert/destination/attempt.hpp"
#include "alert/engine/changes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/transaction.hpp"

namespace taffrail::alert {

// The outbox as the store has it: a row for each notification and destination.

/// One delivery as it waits in the store.
struct Delivery {
  std::int64_t notification = 0;
  std::string lane;
  int attempts = 0;
  bool refused = false;
  Time next;
  Time deadline;
};
struct Deliveries {
  std::vector<Delivery> next;  ///< of those that wait the first ones that may be made, in order
  std::uint64_t pending = 0;   ///< how many wait
};

/// What waits for a destination. @param most in `next`
[[nodiscard]] Result<Deliveries> deliveries_of(store::Snapshot& snapshot, DestinationId destination, Time now,
                                               std::size_t most);
/// A notification's JSON. Error not_found where it is not kept any more.
[[nodiscard]] Result<std::string> kept_notification(store::Snapshot& snapshot, std::int64_t id);

/// Attempts that are kept of a delivery: the last ones.
inline constexpr int kept_attempts = 20;
struct DeliveryKey {
  std::int64_t notification = 0;
  DestinationId destination = 0;
};
/// Notes what became of an attempt. @param next when it is made again, where it is pending
[[nodiscard]] Result<> note(store::Transaction& transaction, DeliveryKey key, const Attempt& attempt,
                            DeliveryState state, Time now, Time next);
/// Has a notification's deliveries that were not made be made at once. @param destination nothing: to all
/// @return the destinations of these
[[nodiscard]] Result<std::vector<DestinationId>> renew(store::Transaction& transaction, std::int64_t notification,
                                                       std::optional<DestinationId> destination, Time now);
/// Gives up what waits for destinations that there are not any more.
[[nodiscard]] Result<> give_up_removed(store::Transaction& transaction, Time now);

}  // namespace taffrail::alert
