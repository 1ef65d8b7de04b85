#include "alert/engine/alerts.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>

#include "alert/engine/alert_schema.hpp"
#include "alert/engine/deliveries.hpp"
#include "alert/engine/destination_row.hpp"
#include "alert/notification_view.hpp"
#include "base/race.hpp"
#include "base/timeout.hpp"

namespace taffrail::alert {
namespace {

using namespace std::chrono_literals;

/// How long what nobody waits for may be unwritten: what a crash costs is read again.
constexpr Duration write_within = 1s;
/// How long what happened is kept, and at most how many notifications.
constexpr Duration kept_for = std::chrono::days(90);
constexpr std::int64_t most_notifications = 200'000;
/// The newest alerts keep the lines around their own: some 3 KB each, 48 KiB at most.
constexpr std::int64_t most_with_lines = 10'000;
constexpr Duration clean_interval = 10min;
/// How often heartbeats are sent.
constexpr Duration beat_interval = 1min;

/// @param links outlive the book
AlertBook::Options with_links(AlertBook::Options options, const SilenceLinks& links) {
  options.silence_link = [&links](AlertId alert, Time now) { return links.link(alert, now); };
  return options;
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

Alerts::Alerts(Pipeline& pipeline, std::unique_ptr<Sender> sender, const SecretBox& box,
               std::unique_ptr<store::Store> store, AlertsOptions options, TaskGroup::Report report)
    : pipeline_(pipeline),
      past_(options.past),
      clock_(pipeline.clock()),
      sender_(std::move(sender)),
      box_(box),
      store_(std::move(store)),
      public_url_(options.book.public_url),
      links_(box, public_url_),
      book_(
          clock_, [this](const ContainerId& id) { return watch_.find(id); },
          [this](const Notification& notification) { return is_silenced(notification); },
          [this](DestinationId id) {
            const Destination* destination = outbox_.find(id);
            return destination ? std::optional(destination->deadline) : std::nullopt;
          },
          with_links(std::move(options.book), links_)),
      watch_(
          pipeline, book_, clock_, options.watch, [this] { changed_.notify(); }, report),
      outbox_(pipeline.executor(), pipeline.workers(), *store_, *sender_, clock_, report),
      change_over_(pipeline.executor()),
      silences_changed_(pipeline.executor()),
      changed_(pipeline.executor()),
      tasks_(pipeline.executor(), std::move(report)) {
  outbox_.on_dead([this](const Destination& destination, const Notification& notification, const std::string& error) {
    watch_.take_own_event(
        {"destination_dead", {{"destination", destination.name}, {"notification", notification.id}, {"error", error}}});
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
  hearers_.each([this](const auto& hear) { hear(News{.alerts = book_.active(), .notifications = {}}); });
  tasks_.spawn("alerts: writing", keep());
  tasks_.spawn("alerts: old ones", clean());
  tasks_.spawn("alerts: heartbeats", beat());
  tasks_.spawn("alerts: silences", review());
  tasks_.spawn("alerts: escalations", escalate());
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
  co_await tell_news(changes);
  co_return Result<>();
}

Task<> Alerts::tell_news(std::shared_ptr<const Changes> written) {
  if (hearers_.empty() || (written->alerts.empty() && written->out.empty())) co_return;
  // In order: the next transaction is told of after this one.
  const std::size_t size = std::min(written->out.size(), News::most_notifications) * News::longest_text;
  const News news = co_await pipeline_.workers().run_sized(size, [&] { return news_of(*written); });
  hearers_.each([&](const auto& hear) { hear(news); });
}

Task<> Alerts::clean() {
  for (;;) {
    const Time now = clock_.now();
    std::erase_if(silences_, [&](const auto& entry) { return entry.second.until < now - kept_for; });
    auto done = co_await store_->write([now](store::Transaction& transaction) -> Result<> {
      // What was noted in the moment in which its destination was removed.
      auto done = give_up_removed(transaction, now);
      if (!done) return done;
      // Some at a time, so that others write in between.
      const std::int64_t before = nanoseconds(now - kept_for);
      done = transaction.run(
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
      done = transaction.run(
          "DELETE FROM alert_line WHERE alert IN (SELECT DISTINCT alert FROM alert_line WHERE alert < (SELECT "
          "COALESCE(MIN(id), 0) FROM alert) OR alert <= (SELECT MAX(id) FROM alert) - ?1 ORDER BY alert LIMIT 2000)",
          most_with_lines);
      if (!done) return done;
      done = transaction.run("DELETE FROM acknowledgement WHERE alert < (SELECT COALESCE(MIN(id), 0) FROM alert)");
      if (!done) return done;
      return transaction.run("DELETE FROM silence WHERE until < ?1", before);
    });
    if (!done) spdlog::warn("alerts: what is old cannot be removed: {}", done.error().detail);
    co_await sleep_for(clean_interval);
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

void Alerts::add_queues(QueueLevels& levels) const {
  watch_.add_queues(levels);
  outbox_.add_queues(levels);
  store_->add_levels(levels);
}

}  // namespace taffrail::alert
