#include "history/metric/kept_age.hpp"

namespace taffrail::history {

Result<std::optional<Time>> read_age(store::Snapshot& snapshot) {
  auto row = snapshot.query("SELECT time FROM age");
  if (!row) return forward(row);
  auto there = row->step();
  if (!there) return forward(there);
  if (!*there) return std::optional<Time>();
  return std::optional(Time(Duration(row->integer(0))));
}

Result<> write_age(store::Transaction& transaction, Time time) {
  return transaction.run("INSERT INTO age(id, time) VALUES (1, ?1) ON CONFLICT(id) DO UPDATE SET time = ?1",
                         time.time_since_epoch().count());
}

}  // namespace taffrail::history
