#include "alert/engine/listing.hpp"

#include <set>
#include <string_view>
#include <variant>

#include "alert/engine/changes.hpp"
#include "text/json_writer.hpp"
#include "text/utf8.hpp"

namespace taffrail::alert {
namespace {

using store::Snapshot;
using store::Statement;
using text::JsonWriter;

/// Bytes after which a page ends: many clients may hold one that they do not read.
constexpr std::size_t most_page = 1UZ << 20;

std::string_view name_of(DeliveryState state) {
  switch (state) {
    case DeliveryState::pending: return "pending";
    case DeliveryState::delivered: return "delivered";
    case DeliveryState::dead: return "dead";
  }
  return "";
}

std::string_view outcome_of(std::int64_t outcome) {
  constexpr std::string_view names[] = {"delivered", "again", "refused"};
  return outcome >= 0 && outcome < 3 ? names[outcome] : "";
}

/// Calls `take` with each row until it says no.
template <class Take>
Result<> each(Result<Statement>& rows, Take take) {
  if (!rows) return forward(rows);
  for (;;) {
    auto row = rows->step();
    if (!row) return forward(row);
    if (!*row || !take(*rows)) return {};
  }
}

void member_if(JsonWriter& json, std::string_view name, const Statement& row, int column) {
  json.key(name);
  if (row.is_null(column))
    json.null();
  else
    json.value(row.integer(column));
}

void time_if(JsonWriter& json, std::string_view name, const Statement& row, int column) {
  json.key(name);
  if (row.is_null(column) || row.integer(column) == 0)
    json.null();
  else
    json.value(time_of(row.integer(column)));
}

/// `"next": N`, where the next page begins, or null.
void finish(JsonWriter& json, std::string& body, std::optional<std::int64_t> next) {
  json.end_array().key("next");
  if (next)
    json.value(*next);
  else
    json.null();
  json.end_object();
  body += '\n';
}

Result<> append_deliveries(JsonWriter& json, Snapshot& snapshot, std::int64_t notification) {
  json.key("deliveries").begin_array();
  auto rows = snapshot.query(
      "SELECT destination, state, attempts, next, status, error, changed FROM delivery WHERE notification = ?1",
      notification);
  auto done = each(rows, [&](const Statement& row) {
    const auto state = static_cast<DeliveryState>(row.integer(1));
    json.begin_object().member("destination", row.integer(0)).member("state", name_of(state));
    json.member("attempts", row.integer(2)).key("next");
    if (state == DeliveryState::pending && row.integer(3) != 0)
      json.value(time_of(row.integer(3)));
    else
      json.null();
    member_if(json, "status", row, 4);
    json.member_or_null("error", row.text(5));
    time_if(json, "changed", row, 6);
    json.end_object();
    return true;
  });
  json.end_array();
  return done;
}

/// @param told cannot be read where it is an error
Result<> append_notification(JsonWriter& json, Snapshot& snapshot, std::int64_t number,
                             const Result<Notification>& told) {
  json.begin_object();
  if (told)
    append_members(json, number, *told);
  else
    json.member("number", number).member("unreadable", told.error().detail);
  auto done = append_deliveries(json, snapshot, number);
  json.end_object();
  return done;
}

/// The members of an alert, into an object that has begun.
void append_alert(JsonWriter& json, const AlertRow& alert) {
  append_state(json, alert);
  json.key("notification");
  if (alert.json.empty())
    json.null();
  else
    json.raw(alert.json);
}

/// Each as it is kept, with its place, and whether it is one of those that the rule is about.
Result<> append_lines(JsonWriter& json, Snapshot& snapshot, const AlertRow& alert) {
  std::set<Seq> matches;
  if (const auto began = notification_of(alert.json)) {
    if (const auto* line = std::get_if<LineFacts>(&began->trigger)) matches.insert(line->seq);
    for (const LineFacts& line : began->more) matches.insert(line.seq);
  }
  json.key("lines").begin_array();
  auto rows = snapshot.query("SELECT seq, place, json FROM alert_line WHERE alert = ?1 ORDER BY seq", alert.id);
  auto done = each(rows, [&](const Statement& row) {
    const Cursor cursor{static_cast<Seq>(row.integer(0)), time_of(row.integer(1)), alert.container};
    const std::string_view line = row.text(2);
    json.begin_object().member("cursor", cursor.to_string()).member("match", matches.contains(cursor.seq));
    json.next() += line.substr(1, line.size() - 2);
    json.end_object();
    return true;
  });
  json.end_array();
  return done;
}

Result<> append_acknowledgements(JsonWriter& json, Snapshot& snapshot, AlertId id) {
  json.key("acknowledgements").begin_array();
  auto rows = snapshot.query("SELECT time, author, comment FROM acknowledgement WHERE alert = ?1 ORDER BY id", id);
  auto done = each(rows, [&](const Statement& row) {
    json.begin_object().member("time", time_of(row.integer(0))).member_or_null("author", row.text(1));
    json.member_or_null("comment", row.text(2)).end_object();
    return true;
  });
  json.end_array();
  return done;
}

}  // namespace

void append_members(JsonWriter& json, std::int64_t number, const Notification& told, std::size_t longest_text) {
  json.member("id", told.id).member("number", number).member("kind", to_string(told.kind));
  json.member("time", told.time).member("rule", told.rule.id).member("rule_name", told.rule.name);
  json.member("severity", to_string(told.rule.severity)).member("alert", told.alert.id).key("group");
  json.begin_object();
  for (const auto& [expression, value] : told.alert.group) json.member(expression, value);
  json.end_object().member("count", told.alert.count).member("late", told.alert.late).key("container");
  if (told.container)
    json.value(told.container->id.full());
  else
    json.null();
  json.member("container_name", told.container ? told.container->name : std::string());
  json.member("state", to_string(told.alert.state));
  json.member("detail", text::cut_at_character(told.detail, longest_text));
  json.member_or_null("message", text::cut_at_character(told.message, longest_text));
}

void append_state(JsonWriter& json, const AlertRow& alert) {
  json.member("id", alert.id).member("rule", alert.rule).member("state", to_string(alert.state));
  json.member("severity", to_string(alert.severity)).member("container", alert.container.full());
  json.member("started", alert.started).member("changed", alert.changed).member("ended", alert.ended);
  json.member("count", alert.count).member("escalates", alert.escalate).member_or_null("author", alert.author);
  json.member_or_null("comment", alert.comment);
}

Result<std::string> notifications_json(Snapshot& snapshot, const NotificationQuery& query) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("notifications").begin_array();
  const std::int64_t state = query.state == "delivered" ? 1 : query.state == "dead" ? 2 : 0;
  auto rows = snapshot.query(
      "SELECT id, json FROM notification AS n WHERE id < ?1 AND time >= ?2 AND (?3 = 0 OR rule = ?3) AND "
      "(?4 = 0 OR alert = ?4) AND ((?5 = 0 AND ?6 = 0) OR EXISTS (SELECT 1 FROM delivery WHERE notification = n.id AND "
      "(?5 = 0 OR destination = ?5) AND (?6 = 0 OR state = ?7))) ORDER BY id DESC LIMIT ?8",
      query.before.value_or(INT64_MAX), query.since ? nanoseconds(*query.since) : INT64_MIN, query.rule.value_or(0),
      query.alert.value_or(0), query.destination.value_or(0), query.state.empty() ? 0 : 1, state, query.limit + 1);
  std::int64_t shown = 0;
  std::int64_t last = 0;
  std::optional<std::int64_t> next;
  Result<> inner;
  auto done = each(rows, [&](const Statement& row) {
    if (shown++ == query.limit || body.size() > most_page) {
      next = last;
      return false;
    }
    last = row.integer(0);
    inner = append_notification(json, snapshot, last, notification_of(row.text(1)));
    return inner.has_value();
  });
  if (!done) return forward(done);
  if (!inner) return forward(inner);
  finish(json, body, next);
  return body;
}

Result<std::string> alerts_json(Snapshot& snapshot, const AlertQuery& query) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("alerts").begin_array();
  const std::string_view state = query.state ? to_string(*query.state) : std::string_view();
  auto rows = snapshot.query(
      "SELECT id, rule, state, severity, container, started, changed, ended, count, escalate, author, comment, json "
      "FROM alert WHERE id < ?1 AND started >= ?2 AND (?3 = '' OR state = ?3) AND (?4 = 0 OR rule = ?4) "
      "ORDER BY id DESC LIMIT ?5",
      query.before.value_or(INT64_MAX), query.since ? nanoseconds(*query.since) : INT64_MIN, state,
      query.rule.value_or(0), query.limit + 1);
  std::int64_t shown = 0;
  std::int64_t last = 0;
  std::optional<std::int64_t> next;
  auto done = each(rows, [&](const Statement& row) {
    if (shown++ == query.limit || body.size() > most_page) {
      next = last;
      return false;
    }
    const AlertRow alert = alert_row(row);
    last = alert.id;
    append_alert(json.begin_object(), alert);
    json.end_object();
    return true;
  });
  if (!done) return forward(done);
  finish(json, body, next);
  return body;
}

Result<std::string> alert_json(Snapshot& snapshot, AlertId id) {
  std::string body;
  JsonWriter json(body);
  auto found = snapshot.query(
      "SELECT id, rule, state, severity, container, started, changed, ended, count, escalate, author, comment, json "
      "FROM alert WHERE id = ?1",
      id);
  if (!found) return forward(found);
  auto there = found->step();
  if (!there) return forward(there);
  if (!*there) return fail(ErrorCode::not_found, "there is no alert " + std::to_string(id));
  const AlertRow alert = alert_row(*found);
  append_alert(json.begin_object(), alert);
  if (auto done = append_lines(json, snapshot, alert); !done) return forward(done);
  if (auto done = append_acknowledgements(json, snapshot, id); !done) return forward(done);
  json.key("notifications").begin_array();
  constexpr int shown = 100;
  auto rows = snapshot.query("SELECT id, json FROM notification WHERE alert = ?1 ORDER BY id DESC LIMIT ?2", id, shown);
  Result<> inner;
  auto done = each(rows, [&](const Statement& row) {
    if (body.size() > most_page) return false;
    inner = append_notification(json, snapshot, row.integer(0), notification_of(row.text(1)));
    return inner.has_value();
  });
  if (!done) return forward(done);
  if (!inner) return forward(inner);
  json.end_array().end_object();
  body += '\n';
  return body;
}

Result<std::string> attempts_json(Snapshot& snapshot, std::int64_t notification) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("attempts").begin_array();
  auto rows = snapshot.query(
      "SELECT destination, time, outcome, status, error, answer, took FROM attempt WHERE notification = ?1 "
      "ORDER BY id DESC LIMIT 500",
      notification);
  auto done = each(rows, [&](const Statement& row) {
    json.begin_object().member("destination", row.integer(0)).member("time", time_of(row.integer(1)));
    json.member("outcome", outcome_of(row.integer(2)));
    member_if(json, "status", row, 3);
    json.member_or_null("error", row.text(4)).member_or_null("answer", row.text(5));
    constexpr double million = 1e6;
    json.member("took_ms", static_cast<double>(row.integer(6)) / million).end_object();
    return true;
  });
  if (!done) return forward(done);
  json.end_array().end_object();
  body += '\n';
  return body;
}

Result<std::string> rule_versions_json(Snapshot& snapshot, RuleId rule) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("versions").begin_array();
  auto rows = snapshot.query(
      "SELECT version, time, author, json FROM rule_version WHERE rule = ?1 ORDER BY version DESC LIMIT 200", rule);
  auto done = each(rows, [&](const Statement& row) {
    json.begin_object().member("version", row.integer(0)).member("time", time_of(row.integer(1)));
    json.member_or_null("author", row.text(2)).key("rule").raw(row.text(3)).end_object();
    return true;
  });
  if (!done) return forward(done);
  json.end_array().end_object();
  body += '\n';
  return body;
}

}  // namespace taffrail::alert
