#include "alert/engine/deliveries.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace taffrail::alert {
namespace {

using store::Snapshot;
using store::Statement;
using store::Transaction;

Result<std::vector<Delivery>> waiting(Snapshot& snapshot, std::string_view sql, DestinationId destination, Time now,
                                      std::size_t most) {
  auto rows = snapshot.query(sql, destination, nanoseconds(now), static_cast<std::int64_t>(most));
  if (!rows) return forward(rows);
  std::vector<Delivery> all;
  for (;;) {
    auto row = rows->step();
    if (!row) return forward(row);
    if (!*row) return all;
    all.push_back({rows->integer(0), std::string(rows->text(1)), static_cast<int>(rows->integer(2)),
                   rows->integer(3) != 0, time_of(rows->integer(4)), time_of(rows->integer(5))});
  }
}

// The oldest ones. (?2 is named so that both take the same parameters.)
constexpr std::string_view oldest =
    "SELECT notification, lane, attempts, refused, next, deadline FROM delivery "
    "WHERE destination = ?1 AND state = 0 AND ?2 = ?2 ORDER BY notification LIMIT ?3";
// Of each lane the oldest one that is not refused, where it is due; what is bare beside MIN is of the same row. For
// when the oldest ones of all wait.
constexpr std::string_view heads =
    "SELECT MIN(notification), lane, attempts, refused, next, deadline FROM delivery "
    "WHERE destination = ?1 AND state = 0 AND (refused = 0 OR next <= ?2) GROUP BY lane HAVING next <= ?2 "
    "ORDER BY 1 LIMIT ?3";

void bind_status(Statement& row, int column, const Attempt& attempt) {
  if (attempt.status)
    row.bind(column, *attempt.status);
  else
    row.bind(column, nullptr);
}

}  // namespace

Result<Deliveries> deliveries_of(Snapshot& snapshot, DestinationId destination, Time now, std::size_t most) {
  auto rows = waiting(snapshot, oldest, destination, now, most);
  if (!rows) return forward(rows);
  std::set<std::string> blocked;
  const bool any = std::ranges::any_of(*rows, [&](const Delivery& row) {
    return row.next <= now ? !blocked.contains(row.lane) : !row.refused && !blocked.insert(row.lane).second;
  });
  if (!any && rows->size() == most) {
    auto others = waiting(snapshot, heads, destination, now, most);
    if (!others) return forward(others);
    if (!others->empty()) *rows = std::move(*others);
  }
  auto count = snapshot.query("SELECT COUNT(*) FROM delivery WHERE destination = ?1 AND state = 0", destination);
  if (!count) return forward(count);
  if (auto row = count->step(); !row) return forward(row);
  return Deliveries{std::move(*rows), static_cast<std::uint64_t>(count->integer(0))};
}

Result<std::string> kept_notification(Snapshot& snapshot, std::int64_t id) {
  auto rows = snapshot.query("SELECT json FROM notification WHERE id = ?1", id);
  if (!rows) return forward(rows);
  auto row = rows->step();
  if (!row) return forward(row);
  if (!*row) return fail(ErrorCode::not_found, "the notification is not kept any more");
  return std::string(rows->text(0));
}

Result<> note(Transaction& transaction, DeliveryKey key, const Attempt& attempt, DeliveryState state, Time now,
              Time next) {
  auto row = transaction.query(
      "UPDATE delivery SET state = ?3, attempts = attempts + 1, refused = ?4, next = ?5, error = ?6, changed = ?7, "
      "status = ?8 WHERE destination = ?1 AND notification = ?2");
  if (!row) return forward(row);
  row->bind(1, key.destination);
  row->bind(2, key.notification);
  row->bind(3, static_cast<int>(state));
  row->bind(4, attempt.outcome == Attempt::Outcome::refused ? 1 : 0);
  row->bind(5, nanoseconds(next));
  row->bind(6, std::string_view(attempt.error));
  row->bind(7, nanoseconds(now));
  bind_status(*row, 8, attempt);
  if (auto ran = row->run(); !ran) return ran;
  auto kept = transaction.query(
      "INSERT INTO attempt(notification, destination, time, outcome, error, answer, took, status) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
  if (!kept) return forward(kept);
  kept->bind(1, key.notification);
  kept->bind(2, key.destination);
  kept->bind(3, nanoseconds(now));
  kept->bind(4, static_cast<int>(attempt.outcome));
  kept->bind(5, std::string_view(attempt.error));
  kept->bind(6, std::string_view(attempt.answer));
  kept->bind(7, attempt.took.count());
  bind_status(*kept, 8, attempt);
  if (auto ran = kept->run(); !ran) return ran;
  return transaction.run(
      "DELETE FROM attempt WHERE notification = ?1 AND destination = ?2 AND id NOT IN (SELECT id FROM attempt "
      "WHERE notification = ?1 AND destination = ?2 ORDER BY id DESC LIMIT ?3)",
      key.notification, key.destination, kept_attempts);
}

Result<std::vector<DestinationId>> renew(Transaction& transaction, std::int64_t notification,
                                         std::optional<DestinationId> destination, Time now) {
  std::vector<DestinationId> found;
  {
    auto rows = transaction.query(
        "SELECT destination FROM delivery WHERE notification = ?1 AND state != 1 AND destination IN (SELECT id FROM "
        "destination)",
        notification);
    if (!rows) return forward(rows);
    for (;;) {
      auto row = rows->step();
      if (!row) return forward(row);
      if (!*row) break;
      if (!destination || *destination == rows->integer(0)) found.push_back(rows->integer(0));
    }
  }
  for (const DestinationId id : found) {
    auto done = transaction.run(
        "UPDATE delivery SET state = 0, attempts = 0, refused = 0, next = 0, deadline = MAX(deadline, ?3), changed = "
        "?4 "
        "WHERE destination = ?1 AND notification = ?2",
        id, notification, nanoseconds(now + std::chrono::hours(1)), nanoseconds(now));
    if (!done) return forward(done);
  }
  return found;
}

Result<> give_up_removed(Transaction& transaction, Time now) {
  return transaction.run(
      "UPDATE delivery SET state = 2, error = 'the destination was removed', changed = ?1 "
      "WHERE state = 0 AND destination NOT IN (SELECT id FROM destination)",
      nanoseconds(now));
}

}  // namespace taffrail::alert
