#include "alert/engine/outbox.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <string_view>
#include <utility>

#include "base/backoff.hpp"
#include "base/race.hpp"
#include "base/timeout.hpp"

namespace taffrail::alert {
namespace {

using store::Snapshot;
using store::Transaction;

/// One delivery as it waits in the store.
struct Waiting {
  std::int64_t notification = 0;
  std::string lane;
  int attempts = 0;
  bool refused = false;
  Time next;
  Time deadline;
};

Result<std::vector<Waiting>> waiting(Snapshot& snapshot, std::string_view sql, DestinationId destination, Time now) {
  auto rows = snapshot.query(sql, destination, nanoseconds(now));
  if (!rows) return forward(rows);
  std::vector<Waiting> all;
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
    "WHERE destination = ?1 AND state = 0 AND ?2 = ?2 ORDER BY notification LIMIT 128";
// Of each lane the oldest one that is not refused, where it is due; what is bare beside MIN is of the same row. For
// when the oldest ones of all wait.
constexpr std::string_view heads =
    "SELECT MIN(notification), lane, attempts, refused, next, deadline FROM delivery "
    "WHERE destination = ?1 AND state = 0 AND (refused = 0 OR next <= ?2) GROUP BY lane HAVING next <= ?2 "
    "ORDER BY 1 LIMIT 128";

}  // namespace

/// What one destination's tasks share.
struct Outbox::Queue {
  Queue(const Executor& executor, Destination whom) : destination(std::move(whom)), changed(executor) {}

  Destination destination;
  Health health;
  bool gone = false;
  std::uint32_t tasks = 0;
  std::deque<Waiting> loaded;
  bool stale = true;  // there may be more in the store than was loaded
  bool loading = false;
  bool overtaken = false;       // something is to be tried again that the loading under way takes for untried
  std::set<std::string> busy;   // lanes with an attempt under way
  std::set<std::int64_t> over;  // notifications whose attempt was noted since the loading under way began
  std::optional<Time> next;     // when something that waits is due
  std::optional<Time> paused_until;
  std::deque<SteadyTime> sent;  // the last ones, for the rate
  SignalFlag changed;
};

Outbox::Outbox(const Executor& executor, WorkerPool& workers, store::Store& store, Sender& sender, const Clock& clock,
               TaskGroup::Report report)
    : executor_(executor),
      workers_(workers),
      store_(store),
      sender_(sender),
      clock_(clock),
      report_(report),
      tasks_(executor, std::move(report)) {}

Outbox::~Outbox() = default;

void Outbox::set(Destination destination) {
  auto& queue = queues_[destination.id];
  if (queue) {
    queue->destination = std::move(destination);
    queue->health.failures = 0;  // what was wrong may be right now
    queue->paused_until.reset();
  } else {
    queue = std::make_shared<Queue>(executor_, std::move(destination));
  }
  queue->stale = true;
  queue->changed.notify();
  const std::uint32_t wanted = std::max<std::uint32_t>(queue->destination.concurrency, 1);
  for (; queue->tasks < wanted; ++queue->tasks) tasks_.spawn("outbox of " + queue->destination.name, run(queue));
}

Task<Result<>> Outbox::remove(DestinationId id) {
  const auto at = queues_.find(id);
  if (at != queues_.end()) {
    at->second->gone = true;
    at->second->changed.notify();
    queues_.erase(at);
  }
  auto done = co_await store_.write([id, now = clock_.now()](Transaction& transaction) -> Result<> {
    return transaction.run(
        "UPDATE delivery SET state = 2, error = 'the destination was removed', changed = ?2 "
        "WHERE destination = ?1 AND state = 0",
        id, nanoseconds(now));
  });
  co_return done;
}

void Outbox::wake(DestinationId id, std::uint64_t added) {
  const auto at = queues_.find(id);
  if (at == queues_.end()) return;
  at->second->health.pending += added;
  at->second->stale = true;
  at->second->changed.notify();
}

Task<Result<>> Outbox::retry(std::int64_t notification, std::optional<DestinationId> destination) {
  const Time now = clock_.now();
  auto changed = co_await store_.write([=](Transaction& transaction) -> Result<std::vector<DestinationId>> {
    std::vector<DestinationId> found;
    {
      auto rows =
          transaction.query("SELECT destination FROM delivery WHERE notification = ?1 AND state != 1", notification);
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
  });
  if (!changed) co_return forward(changed);
  if (changed->empty())
    co_return fail(ErrorCode::not_found,
                   "notification " + std::to_string(notification) + " has no delivery that is pending or was given up");
  for (const DestinationId id : *changed) {
    if (const auto at = queues_.find(id); at != queues_.end()) at->second->paused_until.reset();
    wake(id, 0);
  }
  co_return Result<>();
}

Task<> Outbox::stop() {
  stopping_ = true;
  for (const auto& [id, queue] : queues_) queue->changed.notify();
  const SteadyTime last = clock_.steady_now() + last_attempts;
  const auto under_way = [&] {
    return std::ranges::any_of(queues_, [](const auto& entry) { return !entry.second->busy.empty(); });
  };
  while (under_way() && clock_.steady_now() < last) co_await sleep_for(std::chrono::milliseconds(10));
  tasks_.cancel();
  co_await tasks_.join();
}

Task<> Outbox::run(std::shared_ptr<Queue> shared) {
  Queue& queue = *shared;
  while (!queue.gone && !stopping_ && queue.tasks <= std::max<std::uint32_t>(queue.destination.concurrency, 1)) {
    // While it fails, one attempt at a time tells whether it still does.
    const bool probing = queue.health.failures > 0 && !queue.busy.empty();
    auto due = probing ? std::nullopt : take(queue);
    if (due) {
      co_await deliver(queue, std::move(*due));
      continue;
    }
    if (!probing && queue.stale && !queue.loading) {
      queue.loading = true;
      queue.stale = false;
      queue.over.clear();
      queue.overtaken = false;
      auto loaded = co_await load(queue);
      queue.loading = false;
      if (!loaded) {
        spdlog::warn("alerts: what waits for '{}' cannot be read: {}", queue.destination.name, loaded.error().detail);
        queue.stale = true;
        co_await sleep_for(first_pause);
      }
      queue.changed.notify();
      continue;
    }
    if (queue.next && !probing)
      co_await sleep_until(queue, *queue.next);
    else
      co_await queue.changed.wait();
  }
  --queue.tasks;
}

Task<Result<>> Outbox::load(Queue& queue) {
  const DestinationId id = queue.destination.id;
  struct Loaded {
    std::vector<Waiting> rows;
    std::uint64_t pending = 0;
  };
  auto loaded = co_await store_.read(workers_, [id, now = clock_.now()](Snapshot& snapshot) -> Result<Loaded> {
    auto rows = waiting(snapshot, oldest, id, now);
    if (!rows) return forward(rows);
    std::set<std::string> blocked;
    const bool any = std::ranges::any_of(*rows, [&](const Waiting& row) {
      return row.next <= now ? !blocked.contains(row.lane) : !row.refused && !blocked.insert(row.lane).second;
    });
    if (!any && rows->size() == window) {
      auto others = waiting(snapshot, heads, id, now);
      if (!others) return forward(others);
      if (!others->empty()) *rows = std::move(*others);
    }
    auto count = snapshot.query("SELECT COUNT(*) FROM delivery WHERE destination = ?1 AND state = 0", id);
    if (!count) return forward(count);
    if (auto row = count->step(); !row) return forward(row);
    return Loaded{std::move(*rows), static_cast<std::uint64_t>(count->integer(0))};
  });
  if (!loaded) co_return forward(loaded);
  queue.loaded.assign(std::make_move_iterator(loaded->rows.begin()), std::make_move_iterator(loaded->rows.end()));
  // What was read may be older than what was noted meanwhile.
  std::erase_if(queue.loaded, [&](const Waiting& row) { return queue.over.contains(row.notification); });
  if (queue.overtaken) queue.loaded.clear();
  if (queue.overtaken || !queue.over.empty()) queue.stale = true;
  queue.health.pending = loaded->pending;
  co_return Result<>();
}

std::optional<Outbox::Due> Outbox::take(Queue& queue) {
  const Time now = clock_.now();
  std::set<std::string_view> blocked;
  queue.next.reset();
  const auto wait_until = [&](Time when) { queue.next = queue.next ? std::min(*queue.next, when) : when; };
  for (auto at = queue.loaded.begin(); at != queue.loaded.end(); ++at) {
    if (queue.busy.contains(at->lane) || blocked.contains(at->lane)) continue;
    // One of a clock that was set back is due as well.
    if (at->next > now && at->next <= now + std::chrono::hours(24)) {
      wait_until(at->next);
      if (!at->refused) blocked.insert(at->lane);
      continue;
    }
    Due due{at->notification, std::move(at->lane), at->attempts, at->deadline};
    queue.loaded.erase(at);
    if (queue.loaded.empty()) queue.stale = true;
    return due;
  }
  // Everything that was loaded waits; what was not may be due, once what is under way has ended.
  return std::nullopt;
}

Task<> Outbox::wait_for_turn(Queue& queue) {
  const Destination& to = queue.destination;
  while (queue.paused_until && *queue.paused_until > clock_.now() && !queue.gone && !stopping_) {
    if (*queue.paused_until > clock_.now() + std::chrono::hours(25)) break;  // of a clock that was set back
    co_await sleep_until(queue, *queue.paused_until);
  }
  for (;;) {
    const SteadyTime now = clock_.steady_now();
    while (!queue.sent.empty() && queue.sent.front() <= now - to.per) queue.sent.pop_front();
    if (to.rate == 0 || queue.sent.size() < to.rate || stopping_) break;
    co_await sleep_until(queue, clock_.now() + (queue.sent.front() + to.per - now));
  }
  if (to.rate > 0) queue.sent.push_back(clock_.steady_now());
}

Task<> Outbox::deliver(Queue& queue, Due due) {
  struct Busy {
    Busy(Queue& at, const std::string& lane) : queue(at), name(lane) { queue.busy.insert(name); }
    ~Busy() {
      queue.busy.erase(name);
      queue.changed.notify();
    }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;
    Queue& queue;
    std::string name;
  } busy(queue, due.lane);

  co_await wait_for_turn(queue);
  if (queue.gone || stopping_) co_return;
  auto json = co_await store_.read(workers_, [id = due.notification](Snapshot& snapshot) -> Result<std::string> {
    auto rows = snapshot.query("SELECT json FROM notification WHERE id = ?1", id);
    if (!rows) return forward(rows);
    auto row = rows->step();
    if (!row) return forward(row);
    if (!*row) return fail(ErrorCode::not_found, "the notification is not kept any more");
    return std::string(rows->text(0));
  });
  if (!json && json.error().code != ErrorCode::not_found) {
    queue.stale = true;
    spdlog::warn("alerts: notification {} cannot be read: {}", due.notification, json.error().detail);
    co_await sleep_for(first_pause);
    co_return;
  }
  auto notification = json ? notification_of(*json) : Result<Notification>(std::unexpected(json.error()));
  Attempt attempt;
  const Destination destination = queue.destination;
  if (notification) {
    attempt = co_await sender_.send(destination, *notification);
  } else {
    attempt.outcome = Attempt::Outcome::refused;
    attempt.error = notification.error().detail;
  }

  const Time now = clock_.now();
  Counters& counters = queue.health.counters;
  DeliveryState state = DeliveryState::delivered;
  Time next = now;
  switch (attempt.outcome) {
    case Attempt::Outcome::delivered:
      ++counters.delivered;
      queue.health.failures = 0;
      queue.health.error.clear();
      queue.health.last_delivered = now;
      queue.paused_until.reset();
      break;
    case Attempt::Outcome::again: {
      ++counters.failed;
      ++queue.health.failures;
      queue.health.error = attempt.error;
      const Duration asked = attempt.retry_after.value_or(Duration(0));
      queue.paused_until = now + std::max(asked, pause(queue.health.failures));
      next = now + std::max(asked, pause(static_cast<std::uint32_t>(due.attempts) + 1));
      state = DeliveryState::pending;
      break;
    }
    case Attempt::Outcome::refused:
      ++counters.refused;
      queue.health.error = attempt.error;
      next = now + refused_pause;
      state = DeliveryState::pending;
      break;
  }
  if (state == DeliveryState::pending && (next > due.deadline || !notification)) {
    state = DeliveryState::dead;
    ++counters.dead;
  }
  co_await settle(queue, due, attempt, state, next);
  std::erase_if(queue.loaded, [&](const Waiting& row) { return row.notification == due.notification; });
  if (queue.loading) queue.over.insert(due.notification);
  if (state == DeliveryState::pending) {
    // What was loaded does not know that its lane waits.
    queue.loaded.clear();
    queue.stale = queue.overtaken = true;
  } else if (queue.health.pending > 0) {
    --queue.health.pending;
  }
  if (state == DeliveryState::dead && on_dead_ && notification) on_dead_(destination, *notification, attempt.error);
}

Task<> Outbox::settle(Queue& queue, const Due& due, const Attempt& attempt, DeliveryState state, Time next) {
  bool told = false;
  for (Duration wait = std::chrono::milliseconds(250);; wait = std::min(2 * wait, longest_pause)) {
    auto done = co_await store_.write([=, id = queue.destination.id,
                                       now = clock_.now()](Transaction& transaction) -> Result<> {
      auto row = transaction.query(
          "UPDATE delivery SET state = ?3, attempts = attempts + 1, refused = ?4, next = ?5, error = ?6, changed = ?7, "
          "status = ?8 WHERE destination = ?1 AND notification = ?2");
      if (!row) return forward(row);
      const bool refused = attempt.outcome == Attempt::Outcome::refused;
      row->bind(1, id);
      row->bind(2, due.notification);
      row->bind(3, static_cast<int>(state));
      row->bind(4, refused ? 1 : 0);
      row->bind(5, nanoseconds(next));
      row->bind(6, std::string_view(attempt.error));
      row->bind(7, nanoseconds(now));
      if (attempt.status)
        row->bind(8, *attempt.status);
      else
        row->bind(8, nullptr);
      if (auto ran = row->run(); !ran) return ran;
      auto kept = transaction.query(
          "INSERT INTO attempt(notification, destination, time, outcome, error, answer, took, status) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
      if (!kept) return forward(kept);
      kept->bind(1, due.notification);
      kept->bind(2, id);
      kept->bind(3, nanoseconds(now));
      kept->bind(4, static_cast<int>(attempt.outcome));
      kept->bind(5, std::string_view(attempt.error));
      kept->bind(6, std::string_view(attempt.answer));
      kept->bind(7, attempt.took.count());
      if (attempt.status)
        kept->bind(8, *attempt.status);
      else
        kept->bind(8, nullptr);
      if (auto ran = kept->run(); !ran) return ran;
      return transaction.run(
          "DELETE FROM attempt WHERE notification = ?1 AND destination = ?2 AND id NOT IN (SELECT id FROM attempt "
          "WHERE notification = ?1 AND destination = ?2 ORDER BY id DESC LIMIT ?3)",
          due.notification, id, kept_attempts);
    });
    if (done) co_return;
    if (!std::exchange(told, true))
      spdlog::error("alerts: the delivery of notification {} to '{}' cannot be noted, so it waits: {}",
                    due.notification, queue.destination.name, done.error().detail);
    co_await sleep_for(wait);
  }
}

Duration Outbox::pause(std::uint32_t failures) {
  constexpr std::uint32_t doublings = 6;  // one minute
  return with_jitter(std::min(first_pause * (1U << std::min(failures - 1, doublings)), longest_pause), dice_);
}

/// Until then, or until something changes.
Task<> Outbox::sleep_until(Queue& queue, Time when) {
  const Duration rest = std::clamp(Duration(when - clock_.now()), Duration(std::chrono::milliseconds(1)),
                                   Duration(std::chrono::minutes(1)));
  co_await first_of(queue.changed.wait(), sleep_for(rest));
}

const Destination* Outbox::find(DestinationId id) const {
  const auto at = queues_.find(id);
  return at == queues_.end() ? nullptr : &at->second->destination;
}

std::vector<const Destination*> Outbox::all() const {
  std::vector<const Destination*> destinations;
  destinations.reserve(queues_.size());
  for (const auto& [id, queue] : queues_) destinations.push_back(&queue->destination);
  return destinations;
}

std::optional<Outbox::Health> Outbox::health(DestinationId id) const {
  const auto at = queues_.find(id);
  if (at == queues_.end()) return std::nullopt;
  return at->second->health;
}

void Outbox::add_queues(QueueLevels& levels) const {
  levels.add("outbox_window", 0, window);
  for (const auto& [id, queue] : queues_) levels.add("outbox_window", queue->loaded.size(), window);
}

}  // namespace taffrail::alert
