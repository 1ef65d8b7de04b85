#pragma once

#include <optional>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/transaction.hpp"

namespace taffrail::history {

/// How often the time that ages go by (AgeClock) is written down, in the table `age` of a database: well within what
/// that clock tolerates. Where only what was stored last were known, a clock that is wrong would be followed after a
/// restart, by what was stored under it.
inline constexpr Duration keep_age_every = std::chrono::minutes(10);

/// Nothing: it was never written.
[[nodiscard]] Result<std::optional<Time>> read_age(store::Snapshot& snapshot);
[[nodiscard]] Result<> write_age(store::Transaction& transaction, Time time);

}  // namespace taffrail::history
