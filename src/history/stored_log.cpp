#include "history/stored_log.hpp"

#include <algorithm>

namespace taffrail::history {
namespace {

std::int64_t ns_of(Time time) { return time.time_since_epoch().count(); }
Time time_of(std::int64_t ns) { return Time(Duration(ns)); }

}  // namespace

LogRow read_log(const store::Statement& row) {
  LogRow log;
  log.id = ContainerId(HostId(std::string(row.text(1))), std::string(row.text(2)));
  log.about = row.text(3);
  if (!row.is_null(4)) log.removed = time_of(row.integer(4));
  log.last = {time_of(row.integer(6)), static_cast<Seq>(row.integer(5))};
  return log;
}

Result<LogKey> put_log(store::Transaction& transaction, const LogRow& log) {
  auto done = transaction.run(
      "INSERT INTO log(host, container, about, last_seq, last_place) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE "
      "SET last_place = max(last_place, excluded.last_place), last_seq = max(last_seq, excluded.last_seq)",
      log.id.host().str(), log.id.str(), log.about, log.last.seq, ns_of(log.last.time));
  if (!done) return forward(done);
  auto row =
      transaction.query("SELECT id FROM log WHERE host = ?1 AND container = ?2", log.id.host().str(), log.id.str());
  if (!row) return forward(row);
  if (auto there = row->step(); !there) return forward(there);
  const LogKey key = row->integer(0);
  if (!log.removed) return key;
  done = transaction.run("UPDATE log SET removed = ?2 WHERE id = ?1", key, ns_of(*log.removed));
  if (!done) return forward(done);
  return key;
}

Result<> put_gap(store::Transaction& transaction, LogKey log, const Gap& gap) {
  auto row = transaction.query(
      "INSERT OR REPLACE INTO gap(log, after_seq, after_place, before_seq, before_place, lines, reason) VALUES (?1, "
      "?2, ?3, ?4, ?5, ?6, ?7)",
      log);
  if (!row) return forward(row);
  if (gap.after) {
    row->bind(2, gap.after->seq);
    row->bind(3, ns_of(gap.after->time));
  }
  row->bind(4, gap.before->seq);
  row->bind(5, ns_of(gap.before->time));
  if (gap.lines) row->bind(6, *gap.lines);
  row->bind(7, gap.reason);
  return row->run();
}

Gap read_gap(const store::Statement& row, int from, const ContainerId& id) {
  const auto cursor = [&](int column) {
    return Cursor{static_cast<Seq>(row.integer(column)), time_of(row.integer(column + 1)), id};
  };
  Gap gap;
  gap.container = id;
  if (!row.is_null(from)) gap.after = cursor(from);
  gap.before = cursor(from + 2);
  if (!row.is_null(from + 4)) gap.lines = static_cast<std::uint64_t>(row.integer(from + 4));
  gap.reason = row.text(from + 5);
  return gap;
}

Result<bool> has_block_within(store::Snapshot& snapshot, LogKey log, Seq first, Seq last) {
  auto row = snapshot.query("SELECT first_seq FROM block WHERE log = ?1 AND last_seq >= ?2 ORDER BY last_seq LIMIT 1",
                            log, first);
  if (!row) return forward(row);
  auto there = row->step();
  if (!there) return forward(there);
  return *there && static_cast<Seq>(row->integer(0)) <= last;
}

}  // namespace taffrail::history
