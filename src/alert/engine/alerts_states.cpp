#include <algorithm>
#include <charconv>
#include <optional>
#include <spdlog/spdlog.h>
#include <string>
#include <string_view>
#include <utility>

#include "alert/engine/alerts.hpp"
#include "alert/notification_view.hpp"
#include "base/race.hpp"
#include "base/second.hpp"
#include "base/timeout.hpp"

// What happened, and what people say of it: lists, silences, acknowledgements, escalations.

namespace taffrail::alert {
namespace {

using namespace std::chrono_literals;

/// Alerts whose beginnings are read in one go.
constexpr std::size_t read_together = 200;

/// The row of a notification: what its id ends with.
std::optional<std::int64_t> number_of(std::string_view id) {
  const std::string_view digits = id.substr(id.rfind('-') + 1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

}  // namespace

Task<> Alerts::review() {
  std::size_t in_force = 0;
  for (;;) {
    // Until one is added or taken away, or the next one ends.
    const Time now = clock_.now();
    Duration rest = 1h;
    for (const auto& [id, silence] : silences_)
      if (silence.until > now) rest = std::min<Duration>(rest, silence.until - now);
    co_await first_of(silences_changed_.wait(), sleep_for(rest + 1ms));
    const auto current = static_cast<std::size_t>(std::ranges::count_if(
        silences_, [&](const auto& entry) { return entry.second.until > clock_.now() && entry.second.condition; }));
    if (current == 0 && in_force == 0) continue;
    in_force = current;
    const std::vector<AlertId> all = book_.active();
    for (std::size_t next = 0; next < all.size(); next += read_together) {
      const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), next + read_together));
      const auto began = co_await beginnings({all.begin() + static_cast<std::ptrdiff_t>(next), end});
      for (const auto& [id, notification] : began) book_.review(id, notification);
    }
    changed_.notify();
  }
}

Task<> Alerts::escalate() {
  for (;;) {
    co_await sleep_to_second(1s);
    const std::vector<AlertId> due = book_.due_escalations(clock_.now(), read_together);
    if (due.empty()) continue;
    auto began = co_await beginnings(due);
    for (auto& [id, notification] : began) book_.escalate(id, std::move(notification));
    changed_.notify();
  }
}

Task<std::map<AlertId, Notification>> Alerts::beginnings(std::vector<AlertId> ids) {
  using Found = std::map<AlertId, Notification>;
  auto found = co_await store_->read(pipeline_.workers(), [&](store::Snapshot& snapshot) -> Result<Found> {
    Found all;
    for (const AlertId id : ids) {
      auto rows = snapshot.query("SELECT json FROM alert WHERE id = ?1", id);
      if (!rows) return forward(rows);
      auto row = rows->step();
      if (!row) return forward(row);
      if (!*row) continue;
      auto notification = notification_of(rows->text(0));
      if (!notification) {
        notification = Notification();
        notification->detail = "(what began it cannot be read)";
      }
      all.emplace(id, std::move(*notification));
    }
    return all;
  });
  if (!found) {
    spdlog::warn("alerts: what began them cannot be read: {}", found.error().detail);
    co_return Found();
  }
  co_return std::move(*found);
}

Task<Result<std::int64_t>> Alerts::create_silence(expr::Condition condition, Time until, std::string comment) {
  if (auto loaded = must_be_loaded(); !loaded) co_return forward(loaded);
  constexpr std::size_t most_silences = 1000;
  if (silences_.size() >= most_silences)
    co_return fail(ErrorCode::conflict, "there are 1000 silences, which is the most; remove some");
  const std::string filter(condition.source());
  const Time now = clock_.now();
  auto id = co_await store_->write([=](store::Transaction& t) -> Result<std::int64_t> {
    auto done = t.run("INSERT INTO silence(filter, until, comment, created) VALUES (?1, ?2, ?3, ?4)",
                      std::string_view(filter), nanoseconds(until), std::string_view(comment), nanoseconds(now));
    if (!done) return forward(done);
    return t.last_row();
  });
  if (!id) co_return forward(id);
  silences_.emplace(*id, Silence{*id, filter, until, std::move(comment), now, std::move(condition)});
  silences_changed_.notify();
  co_return *id;
}

Task<Result<>> Alerts::remove_silence(std::int64_t id) {
  if (!silences_.contains(id)) co_return fail(ErrorCode::not_found, "there is no silence " + std::to_string(id));
  auto done = co_await store_->write(
      [id](store::Transaction& t) -> Result<> { return t.run("DELETE FROM silence WHERE id = ?1", id); });
  if (done) silences_.erase(id);
  silences_changed_.notify();
  co_return done;
}

Task<Result<Notification>> Alerts::silence_link(std::string token) {
  if (auto loaded = must_be_loaded(); !loaded) co_return forward(loaded);
  const auto alert = links_.alert_of(token, clock_.now());
  if (!alert) co_return std::unexpected(alert.error());
  auto began = co_await beginnings({*alert});
  const auto at = began.find(*alert);
  if (at == began.end() || at->second.rule.id == 0)
    co_return fail(ErrorCode::not_found, "the alert of this link is not kept any more");
  co_return std::move(at->second);
}

Task<Result<Time>> Alerts::silence_group(Notification began, Duration length) {
  const Time until = moved(clock_.now(), length);
  std::string filter = filter_for(began);
  constexpr Duration alike = 1min;
  for (const auto& [id, silence] : silences_)
    if (silence.filter == filter && silence.until >= until - alike) co_return silence.until;
  auto condition = expr::Condition::compile(std::move(filter), expr::Environment::notification());
  if (!condition) co_return forward(condition);
  auto made = co_await create_silence(std::move(*condition), until, "by the link in a notification");
  if (!made) co_return forward(made);
  co_return until;
}

bool Alerts::is_silenced(const Notification& notification) const {
  const Time now = clock_.now();
  std::optional<NotificationView> view;
  for (const auto& [id, silence] : silences_) {
    if (silence.until <= now || !silence.condition) continue;
    if (!view) view.emplace(notification);
    bool failed = false;
    if (silence.condition->test(view->variables(), failed)) return true;
  }
  return false;
}

Task<Result<std::string>> Alerts::list_notifications(NotificationQuery query) {
  auto json = co_await store_->read(
      pipeline_.workers(), [&query](store::Snapshot& snapshot) { return notifications_json(snapshot, query); });
  co_return json;
}

Task<Result<std::string>> Alerts::list_alerts(AlertQuery query) {
  auto json = co_await store_->read(pipeline_.workers(),
                                    [&query](store::Snapshot& snapshot) { return alerts_json(snapshot, query); });
  co_return json;
}

Task<Result<std::string>> Alerts::show_alert(AlertId id) {
  auto json =
      co_await store_->read(pipeline_.workers(), [id](store::Snapshot& snapshot) { return alert_json(snapshot, id); });
  co_return json;
}

Task<Result<std::string>> Alerts::list_attempts(std::string id) {
  const auto number = number_of(id);
  if (!number) co_return fail(ErrorCode::not_found, "there is no notification '" + id + "'");
  auto json = co_await store_->read(
      pipeline_.workers(), [number = *number](store::Snapshot& snapshot) { return attempts_json(snapshot, number); });
  co_return json;
}

Task<Result<>> Alerts::acknowledge(AlertId id, std::string author, std::string comment) {
  if (auto loaded = must_be_loaded(); !loaded) co_return loaded;
  auto done = book_.acknowledge(id, std::move(author), std::move(comment));
  changed_.notify();
  co_return done;
}

Task<Result<>> Alerts::retry(std::string id, std::optional<DestinationId> destination) {
  const auto number = number_of(id);
  if (!number) co_return fail(ErrorCode::not_found, "there is no notification '" + id + "'");
  auto done = co_await outbox_.retry(*number, destination);
  co_return done;
}

}  // namespace taffrail::alert
