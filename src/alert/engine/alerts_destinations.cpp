#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "alert/destination/destination.hpp"
#include "alert/engine/alerts.hpp"
#include "alert/engine/destination_row.hpp"
#include "alert/engine/turnstile.hpp"

// Destinations as people see, change and try them.

namespace taffrail::alert {
namespace {

/// What a person tries a destination with: something of each type.
std::vector<Notification> test_notifications(Time now, const std::string& public_url) {
  Notification told;
  told.kind = NotificationKind::test;
  told.time = now;
  told.rule.name = "A test from Taffrail";
  told.rule.severity = Severity::info;
  told.rule.containers = "true";
  told.alert.count = 1;
  told.alert.started = now;
  told.alert.group = {{"container", "shop-api-1"}};
  ContainerFacts& container = told.container.emplace();
  container.id = ContainerId(HostId("test"), std::string(64, '0'));
  container.host_name = "test";
  container.name = "shop-api-1";
  container.image = "shop/api:1.2";
  container.state = "running";
  container.service = "api";
  container.project = "shop";
  told.link = public_url;
  std::vector<Notification> all(3, told);
  all[0].rule.type = "log";
  all[0].rule.condition = R"(level == "error")";
  all[0].detail = "This is a test: payment of order 4711 was refused <&> \"quoted\"";
  LineFacts line;
  line.time = now;
  line.level = text::Level::error;
  line.text = all[0].detail;
  all[0].trigger = line;
  all[1].rule.type = "metric";
  all[1].rule.condition = "cpu > 90";
  all[1].detail = "This is a test: CPU: 93.1%, Memory: 45.6%";
  SampleFacts sample;
  sample.sample.time = now;
  sample.sample.cpu = 0.931;
  sample.sample.memory = 456e6;
  sample.cpu_percent = 93.1;
  sample.memory_percent = 45.6;
  all[1].trigger = sample;
  all[2].rule.type = "event";
  all[2].rule.condition = R"(name == "die")";
  all[2].detail = "This is a test: container event: die (exit code 137)";
  all[2].trigger = EventFacts{"die", now, {{"exitCode", "137"}}};
  return all;
}

}  // namespace

std::vector<const Destination*> Alerts::destinations() const { return outbox_.all(); }

Result<Destination> Alerts::read_destination(std::string_view json, DestinationId stored) const {
  return destination_of_json(json, box_, outbox_.find(stored));
}

Task<Result<DestinationId>> Alerts::create_destination(std::string json) {
  if (auto loaded = must_be_loaded(); !loaded) co_return forward(loaded);
  auto turn = co_await Turnstile::enter(*this);
  constexpr std::size_t most_destinations = 500;
  if (outbox_.all().size() >= most_destinations)
    co_return fail(ErrorCode::conflict, "there are 500 destinations, which is the most; remove some");
  auto destination = destination_of_json(json, box_);
  if (!destination) co_return forward(destination);
  auto id = co_await add_destination(std::move(*destination), "");
  co_return id;
}

Task<Result<DestinationId>> Alerts::add_destination(Destination destination, std::string origin) {
  auto id = co_await store_->write(
      [=, row = row_of(destination), now = clock_.now()](store::Transaction& t) -> Result<DestinationId> {
        auto done = t.run("INSERT INTO destination(json, origin, created, changed) VALUES (?1, ?2, ?3, ?3)",
                          std::string_view(row), std::string_view(origin), nanoseconds(now));
        if (!done) return forward(done);
        return t.last_row();
      });
  if (!id) co_return forward(id);
  destination.id = *id;
  if (!origin.empty()) destination_origins_.emplace(*id, std::move(origin));
  outbox_.set(std::move(destination));
  co_return *id;
}

std::string Alerts::origin(DestinationId id) const {
  const auto at = destination_origins_.find(id);
  return at == destination_origins_.end() ? "" : at->second;
}

Result<> Alerts::may_change_destination(DestinationId id) const {
  if (!outbox_.find(id)) return fail(ErrorCode::not_found, "there is no destination " + std::to_string(id));
  if (!destination_origins_.contains(id)) return {};
  return fail(ErrorCode::conflict,
              "destination " + std::to_string(id) + " comes from the file " + origin(id) + "; change it there");
}

Task<Result<>> Alerts::keep_destination(Destination destination) {
  auto done = co_await store_->write(
      [row = row_of(destination), id = destination.id, now = clock_.now()](store::Transaction& t) -> Result<> {
        return t.run("UPDATE destination SET json = ?2, changed = ?3 WHERE id = ?1", id, std::string_view(row),
                     nanoseconds(now));
      });
  if (done) outbox_.set(std::move(destination));
  co_return done;
}

Task<Result<>> Alerts::replace_destination(DestinationId id, std::string json) {
  if (auto loaded = must_be_loaded(); !loaded) co_return loaded;
  auto turn = co_await Turnstile::enter(*this);
  if (auto may = may_change_destination(id); !may) co_return may;
  const Destination* stored = outbox_.find(id);
  auto destination = destination_of_json(json, box_, stored);
  if (!destination) co_return forward(destination);
  destination->id = id;
  auto done = co_await keep_destination(std::move(*destination));
  co_return done;
}

Task<Result<>> Alerts::patch_destination(DestinationId id, std::string patch) {
  if (auto loaded = must_be_loaded(); !loaded) co_return loaded;
  auto turn = co_await Turnstile::enter(*this);
  if (auto may = may_change_destination(id); !may) co_return may;
  const Destination* stored = outbox_.find(id);
  auto destination = patched_destination(*stored, patch, box_);
  if (!destination) co_return forward(destination);
  destination->id = id;
  auto done = co_await keep_destination(std::move(*destination));
  co_return done;
}

Task<Result<>> Alerts::remove_destination(DestinationId id) {
  if (auto loaded = must_be_loaded(); !loaded) co_return loaded;
  auto turn = co_await Turnstile::enter(*this);
  if (auto may = may_change_destination(id); !may) co_return may;
  const auto names = [id](const std::vector<DestinationId>& ids) { return std::ranges::find(ids, id) != ids.end(); };
  for (const auto& [rule, known] : rules_) {
    const bool used =
        names(known.spec->destinations) || (known.spec->escalate && names(known.spec->escalate->destinations));
    if (used)
      co_return fail(ErrorCode::conflict, "rule " + std::to_string(rule) + " ('" + known.spec->name +
                                              "') sends to this destination; change the rule first");
  }
  auto done = co_await drop_destination(id);
  co_return done;
}

Task<Result<>> Alerts::drop_destination(DestinationId id) {
  auto done = co_await outbox_.remove(id);
  if (done) destination_origins_.erase(id);
  co_return done;
}

Task<std::vector<std::pair<std::string, Attempt>>> Alerts::test(Destination destination) {
  std::vector<std::pair<std::string, Attempt>> attempts;
  for (Notification& told : test_notifications(clock_.now(), public_url_)) {
    told.id = "test-" + std::to_string(nanoseconds(told.time)) + "-" + told.rule.type;
    auto attempt = co_await sender_->send(destination, told);
    attempts.emplace_back(told.rule.type, std::move(attempt));
  }
  co_return attempts;
}

}  // namespace taffrail::alert
