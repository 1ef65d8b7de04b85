#include "alert/engine/changes.hpp"

#include <array>
#include <string_view>

namespace taffrail::alert {
namespace {

using store::Snapshot;
using store::Transaction;

template <class... Values>
void bind_all(store::Statement& statement, const Values&... values) {
  int index = 0;
  (statement.bind(++index, values), ...);
}

/// Binds a time, or NULL where there is none.
void bind_time(store::Statement& statement, int index, const std::optional<Time>& time) {
  if (time)
    statement.bind(index, nanoseconds(*time));
  else
    statement.bind(index, nullptr);
}

Result<> write_alert(Transaction& transaction, const AlertRow& alert) {
  auto statement = transaction.query(
      "INSERT INTO alert(id, rule, state, severity, container, started, changed, count, author, comment, json, ended, "
      "escalate) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT(id) DO UPDATE SET "
      "state = ?3, changed = ?7, count = ?8, author = ?9, comment = ?10, ended = ?12, escalate = ?13");
  if (!statement) return forward(statement);
  bind_all(*statement, alert.id, alert.rule, to_string(alert.state), to_string(alert.severity),
           std::string_view(alert.container.full()), nanoseconds(alert.started), nanoseconds(alert.changed),
           alert.count, std::string_view(alert.author), std::string_view(alert.comment), std::string_view(alert.json));
  bind_time(*statement, 12, alert.ended);
  bind_time(*statement, 13, alert.escalate);
  return statement->run();
}

Result<> write_out(Transaction& transaction, const Changes::Out& out) {
  const Notification& told = out.notification;
  auto done = transaction.run(
      "INSERT INTO notification(id, alert, rule, container, kind, time, json) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      out.id, told.alert.id, told.rule.id, std::string_view(told.container ? told.container->id.full() : ""),
      to_string(told.kind), nanoseconds(told.time), std::string_view(to_json(told)));
  if (!done) return done;
  for (const auto& [destination, deadline] : out.destinations) {
    done = transaction.run(
        "INSERT INTO delivery(notification, destination, lane, state, next, deadline, changed) "
        "VALUES (?1, ?2, ?3, 0, 0, ?4, ?5)",
        out.id, destination, std::string_view(out.lane), nanoseconds(deadline), nanoseconds(told.time));
    if (!done) return done;
  }
  return done;
}

Result<> write_line(Transaction& transaction, const KeptLine& kept) {
  return transaction.run("INSERT OR IGNORE INTO alert_line(alert, seq, place, json) VALUES (?1, ?2, ?3, ?4)",
                         kept.alert, kept.line.seq, nanoseconds(kept.line.place_time),
                         std::string_view(to_json(kept.line)));
}

/// The last hundred of an alert stay.
Result<> write_acknowledgement(Transaction& transaction, const Changes::Acknowledgement& said) {
  auto done =
      transaction.run("INSERT INTO acknowledgement(alert, time, author, comment) VALUES (?1, ?2, ?3, ?4)", said.alert,
                      nanoseconds(said.time), std::string_view(said.author), std::string_view(said.comment));
  if (!done) return done;
  return transaction.run(
      "DELETE FROM acknowledgement WHERE alert = ?1 AND id <= (SELECT id FROM acknowledgement WHERE alert = ?1 ORDER "
      "BY "
      "id DESC LIMIT 1 OFFSET 100)",
      said.alert);
}

Result<> write_group(Transaction& transaction, const Changes::Group& group) {
  const std::string state = group.state.encode();
  return transaction.run(
      "INSERT INTO grp(rule, name, state, container, alert, untold, touched) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
      "ON CONFLICT(rule, name) DO UPDATE SET state = ?3, container = ?4, alert = ?5, untold = ?6, touched = ?7",
      group.rule, std::string_view(group.name), store::Bytes(std::as_bytes(std::span(state))),
      std::string_view(group.container), group.alert, group.untold, nanoseconds(group.state.touched()));
}

/// Calls `take` with each row.
template <class Take>
Result<> each(Snapshot& snapshot, std::string_view sql, Take take) {
  auto statement = snapshot.query(sql);
  if (!statement) return forward(statement);
  for (;;) {
    auto row = statement->step();
    if (!row) return forward(row);
    if (!*row) return {};
    take(*statement);
  }
}

std::optional<Time> optional_time(const store::Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return time_of(row.integer(column));
}

}  // namespace

Result<> write(Transaction& transaction, const Changes& changes) {
  for (const auto& [id, alert] : changes.alerts)
    if (auto done = write_alert(transaction, alert); !done) return done;
  for (const KeptLine& kept : changes.lines)
    if (auto done = write_line(transaction, kept); !done) return done;
  for (const Changes::Acknowledgement& said : changes.acknowledgements)
    if (auto done = write_acknowledgement(transaction, said); !done) return done;
  for (const Changes::Out& out : changes.out)
    if (auto done = write_out(transaction, out); !done) return done;
  for (const auto& [rule, name] : changes.forgotten) {
    auto done = transaction.run("DELETE FROM grp WHERE rule = ?1 AND name = ?2", rule, std::string_view(name));
    if (!done) return done;
  }
  for (const Changes::Group& group : changes.groups)
    if (auto done = write_group(transaction, group); !done) return done;
  for (const auto& [id, cursor] : changes.cursors) {
    auto done = transaction.run(
        "INSERT INTO cursor(container, time, seq) VALUES (?1, ?2, ?3) "
        "ON CONFLICT(container) DO UPDATE SET time = ?2, seq = ?3",
        std::string_view(id.full()), nanoseconds(cursor.time), cursor.seq);
    if (!done) return done;
  }
  for (const ContainerId& id : changes.gone)
    if (auto done = transaction.run("DELETE FROM cursor WHERE container = ?1", std::string_view(id.full())); !done)
      return done;
  for (const auto& [rule, use] : changes.uses) {
    auto done = transaction.run("UPDATE rule SET matches = matches + ?2, last_match = ?3 WHERE id = ?1", rule,
                                use.matches, nanoseconds(use.last));
    if (!done) return done;
  }
  if (!changes.alive) return {};
  return transaction.run("INSERT INTO alive(only, time) VALUES (1, ?1) ON CONFLICT(only) DO UPDATE SET time = ?1",
                         nanoseconds(*changes.alive));
}

AlertState alert_state_of(std::string_view name) {
  for (const AlertState state : {AlertState::acknowledged, AlertState::silenced, AlertState::resolved})
    if (name == to_string(state)) return state;
  return AlertState::firing;
}

Severity severity_of(std::string_view name) {
  for (const Severity severity : {Severity::info, Severity::critical})
    if (name == to_string(severity)) return severity;
  return Severity::warning;
}

AlertRow alert_row(const store::Statement& row) {
  AlertRow alert;
  alert.id = row.integer(0);
  alert.rule = row.integer(1);
  alert.state = alert_state_of(row.text(2));
  alert.severity = severity_of(row.text(3));
  alert.container = ContainerId::parse(row.text(4));
  alert.started = time_of(row.integer(5));
  alert.changed = time_of(row.integer(6));
  alert.ended = optional_time(row, 7);
  alert.count = static_cast<std::uint64_t>(row.integer(8));
  alert.escalate = optional_time(row, 9);
  alert.author = row.text(10);
  alert.comment = row.text(11);
  alert.json = row.text(12);
  return alert;
}

Result<Remembered> remembered(Snapshot& snapshot) {
  Remembered all;
  auto done = each(snapshot, "SELECT name FROM installation",
                   [&](const store::Statement& row) { all.installation = row.text(0); });
  if (!done) return forward(done);
  done = each(snapshot, "SELECT id, version, json, created, changed, matches, last_match, origin FROM rule ORDER BY id",
              [&](const store::Statement& row) {
                all.rules.push_back({row.integer(0), row.integer(1), std::string(row.text(2)), std::string(row.text(7)),
                                     time_of(row.integer(3)), time_of(row.integer(4)),
                                     static_cast<std::uint64_t>(row.integer(5)), optional_time(row, 6)});
              });
  if (!done) return forward(done);
  done = each(snapshot, "SELECT id, json, origin FROM destination ORDER BY id", [&](const store::Statement& row) {
    all.destinations.push_back({row.integer(0), std::string(row.text(1)), std::string(row.text(2))});
  });
  if (!done) return forward(done);
  done = each(snapshot, "SELECT id, filter, until, comment, created FROM silence ORDER BY id",
              [&](const store::Statement& row) {
                all.silences.push_back({row.integer(0), std::string(row.text(1)), time_of(row.integer(2)),
                                        std::string(row.text(3)), time_of(row.integer(4))});
              });
  if (!done) return forward(done);
  done = each(
      snapshot, "SELECT rule, name, state, container, alert, untold FROM grp ORDER BY touched",
      [&](const store::Statement& row) {
        const store::Bytes state = row.bytes(2);
        all.groups.push_back({row.integer(0), std::string(row.text(1)),
                              std::string(reinterpret_cast<const char*>(state.data()), state.size()),
                              std::string(row.text(3)), row.integer(4), static_cast<std::uint64_t>(row.integer(5))});
      });
  if (!done) return forward(done);
  done = each(snapshot,
              "SELECT id, rule, state, severity, container, started, changed, ended, count, escalate, author, comment, "
              "json FROM alert WHERE state IN ('firing', 'acknowledged', 'silenced') ORDER BY id",
              [&](const store::Statement& row) { all.alerts.push_back(alert_row(row)); });
  if (!done) return forward(done);
  done = each(snapshot, "SELECT container, time, seq FROM cursor", [&](const store::Statement& row) {
    const ContainerId id = ContainerId::parse(row.text(0));
    all.cursors.emplace(id, Cursor{static_cast<Seq>(row.integer(2)), time_of(row.integer(1)), id});
  });
  if (!done) return forward(done);
  done = each(snapshot, "SELECT time FROM alive",
              [&](const store::Statement& row) { all.alive = time_of(row.integer(0)); });
  if (!done) return forward(done);
  done = each(snapshot, "SELECT name, seq FROM sqlite_sequence", [&](const store::Statement& row) {
    if (row.text(0) == "alert") all.last_alert = row.integer(1);
    if (row.text(0) == "notification") all.last_notification = row.integer(1);
  });
  if (!done) return forward(done);
  return all;
}

}  // namespace taffrail::alert
