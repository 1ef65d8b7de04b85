#include "alert/engine/outbox.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <string_view>
#include <utility>

#include "alert/engine/deliveries.hpp"
#include "base/backoff.hpp"
#include "base/race.hpp"
#include "base/timeout.hpp"

namespace taffrail::alert {
/// What one destination's tasks share.
struct Outbox::Queue {
  Queue(const Executor& executor, Destination whom) : destination(std::move(whom)), changed(executor) {}

  Destination destination;
  Health health;
  bool gone = false;
  std::uint32_t tasks = 0;
  std::deque<Delivery> loaded;
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
  auto done = co_await store_.write([id, now = clock_.now()](store::Transaction& transaction) -> Result<> {
    auto removed = transaction.run("DELETE FROM destination WHERE id = ?1", id);
    return removed ? give_up_removed(transaction, now) : removed;
  });
  // No wait from here on: who asked may have left, and every wait would end this.
  if (!done) co_return done;
  if (const auto at = queues_.find(id); at != queues_.end()) {
    at->second->gone = true;
    at->second->changed.notify();
    queues_.erase(at);
  }
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
  auto changed = co_await store_.write(
      [=](store::Transaction& transaction) { return renew(transaction, notification, destination, now); });
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
  auto loaded = co_await store_.read(workers_, [id, now = clock_.now()](store::Snapshot& snapshot) {
    return deliveries_of(snapshot, id, now, window);
  });
  if (!loaded) co_return forward(loaded);
  queue.loaded.assign(std::make_move_iterator(loaded->next.begin()), std::make_move_iterator(loaded->next.end()));
  // What was read may be older than what was noted meanwhile.
  std::erase_if(queue.loaded, [&](const Delivery& row) { return queue.over.contains(row.notification); });
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
  auto json = co_await store_.read(
      workers_, [id = due.notification](store::Snapshot& snapshot) { return kept_notification(snapshot, id); });
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
  std::erase_if(queue.loaded, [&](const Delivery& row) { return row.notification == due.notification; });
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
    auto done =
        co_await store_.write([=, id = queue.destination.id, now = clock_.now()](store::Transaction& transaction) {
          return note(transaction, {due.notification, id}, attempt, state, now, next);
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
