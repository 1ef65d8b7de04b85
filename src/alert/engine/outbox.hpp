#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "alert/destination/sender.hpp"
#include "alert/engine/changes.hpp"
#include "base/clock.hpp"
#include "base/queue_levels.hpp"
#include "base/signal_flag.hpp"
#include "base/task_group.hpp"
#include "base/worker_pool.hpp"
#include "store/store.hpp"

namespace taffrail::alert {

/// Brings what is in the store's outbox to its destinations. Each destination has tasks, a rate and a backoff of its
/// own, so that one that hangs or fails holds up no other. Deliveries of one lane are made in order: while one is tried
/// again, those behind it wait; one that the destination refuses is tried again now and then, and lets the others pass.
///
/// A delivery is over only when that is written: after a crash it may be made twice, with the same Idempotency-Key.
class Outbox {
 public:
  /// Between two attempts of a delivery, and of a destination that fails: doubling up to this.
  static constexpr Duration first_pause = std::chrono::seconds(1);
  static constexpr Duration longest_pause = std::chrono::minutes(1);
  /// Between two attempts at what was refused: somebody has to change something first.
  static constexpr Duration refused_pause = std::chrono::minutes(10);
  /// Deliveries of a destination that are looked at together.
  static constexpr std::size_t window = 128;

  struct Counters {
    std::uint64_t delivered = 0;
    std::uint64_t failed = 0;   ///< attempts that are made again
    std::uint64_t refused = 0;  ///< attempts
    std::uint64_t dead = 0;     ///< deliveries that were given up
  };
  /// How a destination stands.
  struct Health {
    Counters counters;
    std::uint64_t pending = 0;
    std::uint32_t failures = 0;  ///< attempts that failed, since the last that did not
    std::string error;           ///< of the last one
    std::optional<Time> last_delivered;
  };
  /// Hears of a delivery that was given up.
  using OnDead = std::function<void(const Destination&, const Notification&, const std::string& error)>;

  /// All outlive it.
  Outbox(const Executor& executor, WorkerPool& workers, store::Store& store, Sender& sender, const Clock& clock,
         TaskGroup::Report report);
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;
  ~Outbox();

  void on_dead(OnDead heard) { on_dead_ = std::move(heard); }
  /// A destination is new or has changed: begins with what waits for it.
  void set(Destination destination);
  /// Removes it from the store, and gives up what waits for it: all of that or, with an error, nothing.
  Task<Result<>> remove(DestinationId id);
  /// There is something new for a destination.
  void wake(DestinationId id, std::uint64_t added);
  /// Tries a delivery again at once, also one that was given up. Error not_found.
  Task<Result<>> retry(std::int64_t notification, std::optional<DestinationId> destination);
  /// How long a stop waits for attempts that are under way, so that they are not made again.
  static constexpr Duration last_attempts = std::chrono::seconds(2);
  /// Begins nothing more, and ends what is still under way after a while.
  Task<> stop();

  [[nodiscard]] const Destination* find(DestinationId id) const;
  [[nodiscard]] std::vector<const Destination*> all() const;
  [[nodiscard]] std::optional<Health> health(DestinationId id) const;
  void add_queues(QueueLevels& levels) const;

 private:
  struct Due {
    std::int64_t notification = 0;
    std::string lane;
    int attempts = 0;
    Time deadline;
  };
  struct Queue;

  Task<> run(std::shared_ptr<Queue> queue);
  Task<Result<>> load(Queue& queue);
  [[nodiscard]] std::optional<Due> take(Queue& queue);
  Task<> deliver(Queue& queue, Due due);
  Task<> wait_for_turn(Queue& queue);
  /// Writes what became of an attempt, however long that takes.
  Task<> settle(Queue& queue, const Due& due, const Attempt& attempt, DeliveryState state, Time next);
  [[nodiscard]] Duration pause(std::uint32_t failures);
  Task<> sleep_until(Queue& queue, Time when);

  Executor executor_;
  WorkerPool& workers_;
  store::Store& store_;
  Sender& sender_;
  const Clock& clock_;
  TaskGroup::Report report_;
  OnDead on_dead_;
  std::minstd_rand dice_{std::random_device{}()};
  std::map<DestinationId, std::shared_ptr<Queue>> queues_;
  bool stopping_ = false;
  TaskGroup tasks_;
};

}  // namespace taffrail::alert
