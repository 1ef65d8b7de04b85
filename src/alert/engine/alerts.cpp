#include "alert/engine/alerts.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <spdlog/spdlog.h>

#include "alert/destination/destination.hpp"
#include "alert/engine/alert_schema.hpp"
#include "alert/engine/destination_row.hpp"
#include "alert/engine/preview.hpp"
#include "alert/engine/turnstile.hpp"
#include "alert/json_members.hpp"
#include "alert/notification_view.hpp"
#include "base/race.hpp"
#include "base/timeout.hpp"
#include "base/turn.hpp"

namespace taffrail::alert {
namespace {

using namespace std::chrono_literals;

/// How long what nobody waits for may be unwritten: what a crash costs is read again.
constexpr Duration write_within = 1s;
/// How long what happened is kept, and at most how many notifications.
constexpr Duration kept_for = std::chrono::days(90);
constexpr std::int64_t most_notifications = 200'000;
constexpr Duration clean_interval = 10min;
/// Bytes of a change of a rule, as many as a request may have.
constexpr std::size_t longest_patch = 1UZ << 20;
/// How often heartbeats are sent.
constexpr Duration beat_interval = 1min;

/// The row of a notification: what its id ends with.
std::optional<std::int64_t> number_of(std::string_view id) {
  const std::string_view digits = id.substr(id.rfind('-') + 1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

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

Result<std::unique_ptr<store::Store>> Alerts::open_store(const Executor& owner,
                                                         const std::filesystem::path& directory) {
  store::StoreOptions wanted;
  wanted.file.path = directory / "alerts.db";
  wanted.file.migrations = alert_schema;
  auto opened = store::Store::open(owner, std::move(wanted));
  return opened;
}

Alerts::Alerts(Pipeline& pipeline, std::unique_ptr<Sender> sender, SecretBox box, std::unique_ptr<store::Store> store,
               AlertsOptions options, TaskGroup::Report report)
    : pipeline_(pipeline),
      clock_(pipeline.clock()),
      sender_(std::move(sender)),
      box_(std::move(box)),
      store_(std::move(store)),
      public_url_(options.book.public_url),
      book_(
          clock_, [this](const ContainerId& id) { return watch_.find(id); },
          [this](const Notification& notification) { return is_silenced(notification); },
          [this](DestinationId id) {
            const Destination* destination = outbox_.find(id);
            return destination ? std::optional(destination->deadline) : std::nullopt;
          },
          std::move(options.book)),
      watch_(
          pipeline, book_, clock_, options.watch, [this] { changed_.notify(); }, report),
      outbox_(pipeline.executor(), pipeline.workers(), *store_, *sender_, clock_, report),
      change_over_(pipeline.executor()),
      silences_changed_(pipeline.executor()),
      changed_(pipeline.executor()),
      tasks_(pipeline.executor(), std::move(report)) {
  outbox_.on_dead([this](const Destination& destination, const Notification& notification, const std::string& error) {
    watch_.take_own_event("destination_dead",
                          {{"destination", destination.name}, {"notification", notification.id}, {"error", error}},
                          HostId());
  });
}

void Alerts::start() { tasks_.spawn("alerts", begin()); }

Task<> Alerts::begin() {
  for (;;) {
    auto read = co_await load();
    if (read) break;
    spdlog::error("alerts cannot be read, and are tried again: {}", read.error().detail);
    trouble_ = {read.error().detail, clock_.now()};
    co_await sleep_for(5s);
  }
  trouble_.reset();
  loaded_ = true;
  tasks_.spawn("alerts: writing", keep());
  tasks_.spawn("alerts: old ones", clean());
  tasks_.spawn("alerts: heartbeats", beat());
  tasks_.spawn("alerts: silences", review());
}

Task<Result<>> Alerts::load() {
  auto left =
      co_await store_->read(pipeline_.workers(), [](store::Snapshot& snapshot) { return remembered(snapshot); });
  if (!left) co_return forward(left);
  for (const Remembered::Row& row : left->destinations) {
    auto destination = destination_of_row(row.id, row.json);
    if (!destination) {
      spdlog::error("alerts: {}", destination.error().detail);
      continue;
    }
    if (!row.origin.empty()) destination_origins_.emplace(row.id, row.origin);
    outbox_.set(std::move(*destination));
  }
  for (Remembered::Silence& row : left->silences) {
    auto condition = expr::Condition::compile(row.filter, expr::Environment::notification());
    if (!condition) spdlog::error("alerts: silence {} has no effect: {}", row.id, condition.error().detail);
    silences_.emplace(row.id, Silence{row.id, row.filter, row.until, row.comment, row.created,
                                      condition ? std::optional(std::move(*condition)) : std::nullopt});
  }
  for (const Remembered::Rule& row : left->rules) {
    Known known{.id = row.id,
                .version = row.version,
                .spec = std::make_shared<const RuleSpec>(),
                .origin = row.origin,
                .created = row.created,
                .changed = row.changed,
                .matches = row.matches,
                .last_match = row.last_match,
                .fault = {},
                .rule = nullptr};
    auto spec = read_rule(row.json, RuleOrigin::api);
    if (spec) {
      known.spec = std::make_shared<const RuleSpec>(std::move(*spec));
      auto rule = Rule::check(row.id, row.version, *known.spec);
      if (rule)
        known.rule = std::move(*rule);
      else
        known.fault = std::move(rule.error());
    } else {
      known.fault = std::move(spec.error());
    }
    if (known.fault) spdlog::error("alerts: rule {} is not looked at: {}", row.id, known.fault->to_error().detail);
    if (known.rule && known.spec->enabled) book_.set_rule(known.rule);
    rules_.emplace(row.id, std::move(known));
  }
  watch_.start(left->alive);
  watching_ = true;
  book_.remember(*left);
  rules_changed();
  co_return Result<>();
}

Task<> Alerts::stop() {
  stopping_ = true;
  changed_.notify();
  tasks_.cancel();
  co_await tasks_.join();
  if (watching_) co_await watch_.stop();
  co_await outbox_.stop();
  if (loaded_) {
    auto written = co_await write_changes();
    if (!written) spdlog::error("alerts: the last changes are not written: {}", written.error().detail);
  }
  co_await store_->close();
}

Task<> Alerts::keep() {
  // What is being written is written to its end: `stop` writes what comes after it.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  SteadyTime last = clock_.steady_now();
  while (!stopping_) {
    if (!book_.has_changes()) {
      co_await changed_.wait();
      continue;
    }
    // Others that come within the second go along, unless somebody waits for this.
    const Duration since = clock_.steady_now() - last;
    if (!book_.is_urgent() && since < write_within) {
      co_await first_of(changed_.wait(), sleep_for(write_within - since));
      continue;
    }
    auto written = co_await write_changes();
    if (!written) co_return;
    last = clock_.steady_now();
  }
}

Task<Result<>> Alerts::write_changes() {
  auto changes = std::make_shared<Changes>(book_.take_changes());
  if (changes->empty()) co_return Result<>();
  changes->alive = clock_.now();
  Duration wait = 250ms;
  for (;;) {
    auto done = co_await store_->write(
        [changes](store::Transaction& transaction) { return write(transaction, *changes); }, changes->bytes);
    if (done) break;
    if (stopping_ || done.error().code == ErrorCode::cancelled) co_return done;
    if (!trouble_) {
      trouble_ = {done.error().detail, clock_.now()};
      spdlog::error("alerts cannot be written, so what they look at waits: {}", done.error().detail);
    }
    const SteadyTime again = clock_.steady_now() + wait;
    while (!stopping_ && clock_.steady_now() < again)
      co_await first_of(changed_.wait(), sleep_for(again - clock_.steady_now()));
    wait = std::min<Duration>(2 * wait, 15s);
  }
  if (trouble_) spdlog::info("alerts are written again");
  trouble_.reset();
  for (const auto& [id, cursor] : changes->cursors) pipeline_.hub().acknowledge(watch_, id, cursor.seq);
  for (const auto& [id, use] : changes->uses) {
    const auto known = rules_.find(id);
    if (known == rules_.end()) continue;
    known->second.matches += use.matches;
    known->second.last_match = use.last;
  }
  std::map<DestinationId, std::uint64_t> added;
  for (const Changes::Out& out : changes->out)
    for (const auto& [destination, deadline] : out.destinations) ++added[destination];
  for (const auto& [destination, count] : added) outbox_.wake(destination, count);
  watch_.written();
  co_return Result<>();
}

Task<> Alerts::clean() {
  for (;;) {
    const Time now = clock_.now();
    std::erase_if(silences_, [&](const auto& entry) { return entry.second.until < now - kept_for; });
    auto done = co_await store_->write([now](store::Transaction& transaction) -> Result<> {
      // Some at a time, so that others write in between.
      const std::int64_t before = nanoseconds(now - kept_for);
      auto done = transaction.run(
          "DELETE FROM notification WHERE id IN (SELECT id FROM notification WHERE (time < ?1 OR id <= (SELECT MAX(id) "
          "FROM notification) - ?2) AND NOT EXISTS (SELECT 1 FROM delivery WHERE notification = notification.id AND "
          "state = 0) ORDER BY id LIMIT 5000)",
          before, most_notifications);
      if (!done) return done;
      done = transaction.run(
          "DELETE FROM delivery WHERE state != 0 AND notification < (SELECT COALESCE(MIN(id), 0) FROM notification)");
      if (!done) return done;
      done =
          transaction.run("DELETE FROM attempt WHERE notification < (SELECT COALESCE(MIN(id), 0) FROM notification)");
      if (!done) return done;
      done = transaction.run(
          "DELETE FROM alert WHERE id IN (SELECT id FROM alert WHERE state = 'resolved' AND (changed < ?1 OR id <= "
          "(SELECT MAX(id) FROM alert) - ?2) ORDER BY id LIMIT 5000)",
          before, most_notifications);
      if (!done) return done;
      return transaction.run("DELETE FROM silence WHERE until < ?1", before);
    });
    if (!done) spdlog::warn("alerts: what is old cannot be removed: {}", done.error().detail);
    co_await sleep_for(clean_interval);
  }
}

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
    Turn turn;
    for (const AlertId id : book_.active()) {
      book_.review(id);
      if (turn.due()) co_await next_turn(turn);
    }
    changed_.notify();
  }
}

/// Calls the destinations that wait for us while all is well: what happens is looked at, and can be written.
Task<> Alerts::beat() {
  for (;;) {
    for (const Destination* destination : outbox_.all()) {
      if (trouble_ || destination->type != "heartbeat") continue;
      tasks_.spawn("heartbeat", [](Alerts& alerts, Destination to) -> Task<> {
        Notification alive;
        alive.time = alerts.clock_.now();
        alive.id = "heartbeat-" + std::to_string(nanoseconds(alive.time));
        alive.detail = "all is well";
        const Attempt attempt = co_await alerts.sender_->send(to, alive);
        if (attempt.outcome != Attempt::Outcome::delivered)
          spdlog::warn("alerts: the heartbeat '{}' was not heard: {}", to.name, attempt.error);
      }(*this, *destination));
    }
    co_await sleep_for(beat_interval);
  }
}

void Alerts::rules_changed() {
  std::vector<RulePtr> rules;
  std::map<RuleId, Time> since;
  for (const auto& [id, known] : rules_) {
    if (!known.rule || !known.spec->enabled) continue;
    rules.push_back(known.rule);
    since.emplace(id, known.changed);
  }
  watch_.set_rules(std::make_shared<const RuleTable>(std::move(rules)), std::move(since));
}

Result<> Alerts::must_be_loaded() const {
  if (loaded_) return {};
  return fail(ErrorCode::unavailable,
              trouble_ ? "alerts cannot be read: " + trouble_->first : "alerts are being read; ask again in a moment");
}

Alerts::RuleInfo Alerts::info(const Known& known, const std::map<RuleId, std::size_t>& containers) const {
  RuleInfo info{.id = known.id,
                .version = known.version,
                .spec = known.spec,
                .origin = known.origin,
                .created = known.created,
                .changed = known.changed,
                .matches = known.matches,
                .last_match = known.last_match,
                .fault = known.fault,
                .containers = 0,
                .failures = {}};
  if (const auto count = containers.find(known.id); count != containers.end()) info.containers = count->second;
  if (const Watch::Failures* failures = watch_.failures(known.id)) info.failures = *failures;
  return info;
}

std::vector<Alerts::RuleInfo> Alerts::rules() const {
  const auto containers = watch_.containers_by_rule();
  std::vector<RuleInfo> all;
  all.reserve(rules_.size());
  for (const auto& [id, known] : rules_) all.push_back(info(known, containers));
  return all;
}

std::optional<Alerts::RuleInfo> Alerts::rule(RuleId id) const {
  const auto at = rules_.find(id);
  if (at == rules_.end()) return std::nullopt;
  return info(at->second, watch_.containers_by_rule());
}

std::optional<RuleFault> Alerts::unknown_destination(const RuleSpec& spec) const {
  const auto unknown = [&](const std::vector<DestinationId>& ids, std::string key) -> std::optional<RuleFault> {
    for (const DestinationId id : ids)
      if (!outbox_.find(id))
        return RuleFault{std::move(key), "names destination " + std::to_string(id) + ", which there is not"};
    return std::nullopt;
  };
  auto fault = unknown(spec.destinations, "destinations");
  if (!fault && spec.escalate) fault = unknown(spec.escalate->destinations, "escalate.destinations");
  return fault;
}

Result<> Alerts::may_change_rule(RuleId id) const {
  const auto at = rules_.find(id);
  if (at == rules_.end()) return fail(ErrorCode::not_found, "there is no rule " + std::to_string(id));
  if (at->second.origin.empty()) return {};
  return fail(ErrorCode::conflict,
              "rule " + std::to_string(id) + " comes from the file " + at->second.origin + "; change it there");
}

Task<Result<Alerts::Changed>> Alerts::create_rule(RuleSpec spec, std::string author) {
  if (auto loaded = must_be_loaded(); !loaded) co_return forward(loaded);
  auto turn = co_await Turnstile::enter(*this);
  auto made = co_await add_rule(std::move(spec), std::move(author), "");
  if (made && *made) rules_changed();
  co_return made;
}

Task<Result<Alerts::Changed>> Alerts::add_rule(RuleSpec spec, std::string author, std::string origin) {
  constexpr std::size_t most_rules = expr::RuleSet::most_rules;
  if (rules_.size() >= most_rules)
    co_return fail(ErrorCode::conflict,
                   "there are " + std::to_string(most_rules) + " rules, which is the most; remove some");
  if (auto fault = unknown_destination(spec)) co_return Changed(std::unexpected(std::move(*fault)));
  if (auto checked = Rule::check(0, 1, spec); !checked) co_return Changed(std::unexpected(std::move(checked.error())));
  const Time now = clock_.now();
  auto id = co_await store_->write([=, json = to_json(spec)](store::Transaction& t) -> Result<RuleId> {
    auto done = t.run("INSERT INTO rule(version, json, origin, created, changed) VALUES (1, ?1, ?2, ?3, ?3)",
                      std::string_view(json), std::string_view(origin), nanoseconds(now));
    if (!done) return forward(done);
    const RuleId made = t.last_row();
    done = t.run("INSERT INTO rule_version(rule, version, time, author, json) VALUES (?1, 1, ?2, ?3, ?4)", made,
                 nanoseconds(now), std::string_view(author), std::string_view(json));
    if (!done) return forward(done);
    return made;
  });
  if (!id) co_return forward(id);
  Known known{.id = *id,
              .version = 1,
              .spec = std::make_shared<const RuleSpec>(spec),
              .origin = std::move(origin),
              .created = now,
              .changed = now,
              .matches = 0,
              .last_match = {},
              .fault = {},
              .rule = nullptr};
  auto rule = Rule::check(*id, 1, std::move(spec));
  if (rule) known.rule = std::move(*rule);
  if (known.rule && known.spec->enabled) book_.set_rule(known.rule);
  const auto at = rules_.emplace(*id, std::move(known)).first;
  co_return Changed(info(at->second, {}));
}

Task<Result<Alerts::Changed>> Alerts::replace_rule(RuleId id, RuleSpec spec, std::string author) {
  if (auto loaded = must_be_loaded(); !loaded) co_return forward(loaded);
  auto turn = co_await Turnstile::enter(*this);
  if (auto may = may_change_rule(id); !may) co_return forward(may);
  auto changed = co_await change_rule(id, std::move(spec), std::move(author), "");
  if (changed && *changed) rules_changed();
  co_return changed;
}

Task<Result<Alerts::Changed>> Alerts::patch_rule(RuleId id, std::string patch, std::string author) {
  if (auto loaded = must_be_loaded(); !loaded) co_return forward(loaded);
  auto turn = co_await Turnstile::enter(*this);
  if (auto may = may_change_rule(id); !may) co_return forward(may);
  auto change = read_json_object(patch, longest_patch, "rule");
  if (!change) co_return forward(change);
  boost::json::value whole = boost::json::parse(to_json(*rules_.at(id).spec));
  merge_patch(whole, std::move(*change));
  auto spec = read_rule(boost::json::serialize(whole), RuleOrigin::api);
  if (!spec) co_return Changed(std::unexpected(std::move(spec.error())));
  auto changed = co_await change_rule(id, std::move(*spec), std::move(author), "");
  if (changed && *changed) rules_changed();
  co_return changed;
}

Task<Result<Alerts::Changed>> Alerts::change_rule(RuleId id, RuleSpec spec, std::string author, std::string origin) {
  if (auto fault = unknown_destination(spec)) co_return Changed(std::unexpected(std::move(*fault)));
  const std::int64_t version = rules_.at(id).version + 1;
  auto rule = Rule::check(id, version, spec);
  if (!rule) co_return Changed(std::unexpected(std::move(rule.error())));
  const Time now = clock_.now();
  auto done = co_await store_->write([=, json = to_json(spec)](store::Transaction& t) -> Result<> {
    auto written = t.run("UPDATE rule SET version = ?2, json = ?3, changed = ?4, origin = ?5 WHERE id = ?1", id,
                         version, std::string_view(json), nanoseconds(now), std::string_view(origin));
    if (!written) return written;
    return t.run("INSERT INTO rule_version(rule, version, time, author, json) VALUES (?1, ?2, ?3, ?4, ?5)", id, version,
                 nanoseconds(now), std::string_view(author), std::string_view(json));
  });
  if (!done) co_return forward(done);
  Known& known = rules_.at(id);
  known.version = version;
  known.changed = now;
  known.spec = std::make_shared<const RuleSpec>(std::move(spec));
  known.origin = std::move(origin);
  known.fault.reset();
  known.rule = std::move(*rule);
  if (known.spec->enabled)
    book_.set_rule(known.rule);
  else
    book_.drop_rule(id);
  changed_.notify();
  co_return Changed(info(known, {}));
}

Task<Result<>> Alerts::remove_rule(RuleId id) {
  if (auto loaded = must_be_loaded(); !loaded) co_return loaded;
  auto turn = co_await Turnstile::enter(*this);
  if (auto may = may_change_rule(id); !may) co_return may;
  auto done = co_await drop_rule(id);
  if (done) rules_changed();
  co_return done;
}

Task<Result<>> Alerts::drop_rule(RuleId id) {
  auto done = co_await store_->write([id](store::Transaction& t) -> Result<> {
    auto removed = t.run("DELETE FROM rule WHERE id = ?1", id);
    if (!removed) return removed;
    return t.run("DELETE FROM rule_version WHERE rule = ?1", id);
  });
  if (!done) co_return done;
  rules_.erase(id);
  book_.drop_rule(id);
  changed_.notify();
  co_return Result<>();
}

Task<Result<std::string>> Alerts::rule_versions(RuleId id) {
  if (!rules_.contains(id)) co_return fail(ErrorCode::not_found, "there is no rule " + std::to_string(id));
  auto json = co_await store_->read(pipeline_.workers(),
                                    [id](store::Snapshot& snapshot) { return rule_versions_json(snapshot, id); });
  co_return json;
}

Task<Result<std::string>> Alerts::preview(RulePtr rule, Time since, std::function<bool(const Container&)> sees) {
  if (previews_ >= most_previews)
    co_return fail(ErrorCode::unavailable, "other rules are being tried just now; ask again in some seconds");
  struct Counted {
    explicit Counted(std::size_t& all) : count(all) { ++count; }
    ~Counted() { --count; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    std::size_t& count;
  };
  const Counted counted(previews_);
  auto found = co_await alert::preview(pipeline_, std::move(rule), since, std::move(sees));
  co_return found;
}

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
  auto done = co_await store_->write(
      [id](store::Transaction& t) -> Result<> { return t.run("DELETE FROM destination WHERE id = ?1", id); });
  if (!done) co_return done;
  destination_origins_.erase(id);
  auto removed = co_await outbox_.remove(id);
  co_return removed;
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

void Alerts::add_queues(QueueLevels& levels) const {
  watch_.add_queues(levels);
  outbox_.add_queues(levels);
  store_->add_levels(levels);
}

}  // namespace taffrail::alert
