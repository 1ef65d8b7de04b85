#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/result.hpp"
#include "base/signal_flag.hpp"
#include "base/task.hpp"
#include "store/transaction.hpp"

namespace taffrail::store {

/// A function that waits to be run in a transaction, with the task that waits for its value.
class WriteJob {
 public:
  explicit WriteJob(std::size_t bytes) : bytes_(bytes) {}
  WriteJob(const WriteJob&) = delete;
  WriteJob& operator=(const WriteJob&) = delete;
  virtual ~WriteJob() = default;

  /// Runs the function and keeps its value or exception; an error says that its changes are to be undone. On the
  /// writer's thread, at most once.
  virtual Result<> run(Transaction& transaction) = 0;
  /// Sends the outcome to the waiting task: the kept value, or `lost` when the transaction as a whole failed or never
  /// was. Once, on any thread.
  virtual void finish(const Error* lost) = 0;

  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_;
};

/// What the owner thread and the writer's thread share: the jobs that wait, and how much room is left.
///
/// Held by shared_ptr although it changes: completions that have been posted and tasks that wait for room may outlive
/// the store, and need nothing of it but this.
class WriteQueue {
 public:
  explicit WriteQueue(const Executor& owner) : owner_(owner), room_(owner), end_(owner) {}

  // On the owner thread.

  /// The room that a job takes, until this is destroyed.
  class Room {
   public:
    Room(std::shared_ptr<WriteQueue> queue, std::size_t bytes) : queue_(std::move(queue)), bytes_(bytes) {}
    Room(Room&&) noexcept = default;
    Room& operator=(Room&&) = delete;
    ~Room() {
      if (queue_) queue_->release(bytes_);
    }

   private:
    std::shared_ptr<WriteQueue> queue_;  // null: moved from
    std::size_t bytes_;
  };
  /// Waits until `queue` has room for a job that holds `bytes`, and takes it. Nothing: closed.
  static Task<std::optional<Room>> admit(std::shared_ptr<WriteQueue> queue, std::size_t bytes);
  /// After `admit`. False, with the job untouched, when the queue was closed meanwhile.
  bool put(std::unique_ptr<WriteJob>& job);
  /// The job back out of the queue, unless the writer has begun with it.
  [[nodiscard]] std::unique_ptr<WriteJob> take_back(const WriteJob* job);
  /// Jobs that wait or run, and the bytes they hold.
  [[nodiscard]] std::size_t depth() const { return depth_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// Waits until the writer has ended.
  Task<> ended();
  /// No more jobs. The writer ends when it has done those that wait; with `drop` they are given back here instead.
  [[nodiscard]] std::deque<std::unique_ptr<WriteJob>> close(bool drop);

  // On the writer's thread.

  /// Waits for jobs, or for `close`, or not at all. Empty: there are none.
  [[nodiscard]] std::deque<std::unique_ptr<WriteJob>> take(bool wait);
  /// Puts jobs that the group had no time for back in front. Those of a queue that was closed with `drop` stay here.
  void put_back(std::deque<std::unique_ptr<WriteJob>>& jobs);
  [[nodiscard]] bool closed();
  /// Ends a wait in `take` so that something else can be looked at.
  void wake();
  /// The writer's last words. `self` keeps this alive until they have been heard.
  static void say_ended(std::shared_ptr<WriteQueue> self);

 private:
  bool fits(std::size_t bytes) const;
  void release(std::size_t bytes);

  // The owner's.
  Executor owner_;
  std::size_t depth_ = 0;
  std::size_t bytes_ = 0;
  SignalFlag room_;
  SignalFlag end_;
  bool ended_ = false;

  // Shared.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<WriteJob>> jobs_;
  bool closed_ = false;
  bool dropped_ = false;
  bool woken_ = false;
};

}  // namespace taffrail::store
