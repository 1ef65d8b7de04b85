#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "history/metric/metric_rows.hpp"
#include "model/container.hpp"
#include "store/transaction.hpp"

namespace taffrail::history {

/// Where an event stands among all: by its time, and among those of one time by when it was stored.
struct EventPlace {
  Time time;
  std::int64_t id = 0;  ///< its row
  friend auto operator<=>(const EventPlace&, const EventPlace&) = default;
};

struct StoredEvent {
  EventPlace place;
  ContainerEvent event;
};

/// Which events to read.
struct EventQuery {
  /// Of these containers; nothing: of all.
  std::optional<std::vector<ContainerId>> containers;
  Time since = Time::min();            ///< that time or a later one
  Time until = Time::max();            ///< an earlier one
  std::optional<EventPlace> cursor{};  ///< only those behind it, in the order that is asked for
  bool descending = false;
  std::size_t limit = 1000;
};

/// What an event says beside its action, from the JSON object of its row; of what is none, or no text, nothing.
[[nodiscard]] std::map<std::string, std::string> read_attributes(std::string_view json);

/// Adds an event, unless it is there: an engine tells some of them again.
[[nodiscard]] Result<> insert_event(store::Transaction& transaction, SeriesKey series, const ContainerEvent& event);

/// The events of a query, whose containers are given by the rows that they have here, in its order.
[[nodiscard]] Result<std::vector<StoredEvent>> read_events(store::Snapshot& snapshot, const EventQuery& query,
                                                           const std::unordered_map<SeriesKey, ContainerId>& series);

/// Keeps the newest `most` events of each series and `most_of_all` of all, and of these none that is older than
/// `oldest`.
[[nodiscard]] Result<> bound_events(store::Transaction& transaction, std::size_t most, std::size_t most_of_all,
                                    Time oldest);

}  // namespace taffrail::history
