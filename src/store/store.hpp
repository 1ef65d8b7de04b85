#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/queue_levels.hpp"
#include "base/worker_pool.hpp"
#include "store/completion.hpp"
#include "store/database_file.hpp"
#include "store/readers.hpp"
#include "store/transaction.hpp"
#include "store/writer.hpp"

namespace taffrail::store {

struct StoreOptions {
  DatabaseFile file;
  /// Bytes that the write-ahead log has of the disk at any time, where there is plenty: on a disk that others fill,
  /// transactions that write no more than that and that need no further page of the file go on.
  std::size_t log_reserve = limits::log_reserve;
  /// Called after each commit on the writer's thread: quick, thread-safe, and throws nothing.
  std::function<void(const GroupReport&)> on_group;
};

/// One SQLite file: functions that write are run one after the other by one thread and committed in groups, functions
/// that read run on workers beside each other.
///
/// ```
///   auto id = co_await store.write([&](Transaction& t) -> Result<std::int64_t> {
///     auto done = t.run("INSERT INTO rule(name) VALUES (?1)", name);
///     if (!done) return forward(done);
///     return t.last_row();
///   });
/// ```
/// When `write` returns a value, its changes survive the end of the process (kill -9), and with the file system's help
/// that of the machine but for the last moments (synchronous NORMAL). When it returns an error, none of them is there.
/// A full disk, a file that is held, damage: values, and the next `write` is tried like the first.
///
/// All calls are made on the owner thread, whose context outlives the store.
class Store {
 public:
  template <class Function, class Handle>
  using ValueOf = typename std::invoke_result_t<Function&, Handle&>::value_type;

  /// Opens the file (see open_database: up to some seconds, on a thread that may wait) and starts the writer.
  [[nodiscard]] static Result<std::unique_ptr<Store>> open(const Executor& owner, StoreOptions options);
  /// Without `close` before it: the group under way is committed, what waits is told cancelled.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Runs `function(Transaction&)`, which returns a Result, on the writer's thread, and gives its value once that is
  /// committed. The function owns what it needs: it may run after the caller was cancelled.
  ///
  /// Waits while the queue is full. A caller that is cancelled takes back what the writer has not begun.
  /// @param bytes about what the function holds, where that is more than some hundreds
  template <class Function>
  Task<Result<ValueOf<Function, Transaction>>> write(Function function, std::size_t bytes = 0);

  /// Runs `function(Snapshot&)`, which returns a Result, on a worker with a connection of its own, when one of
  /// limits::readers is free. It is ended with timeout after limits::read_limit. The caller's cancellation is felt when
  /// the function has ended; what it refers to lives until then.
  /// @param asker in whose name: of those who wait for a connection, who has read for the least time is next. Null:
  /// somebody who has not read yet; else lives until this returns.
  template <class Function>
  Task<Result<ValueOf<Function, Snapshot>>> read(WorkerPool& workers, Function function,
                                                 FairPlaces::Asker* asker = nullptr);

  /// Copies all that is committed to a new file, while everything goes on. Not ended by a cancellation, but by `close`.
  Task<Result<>> backup(std::filesystem::path target);

  /// Ends readings, writes what waits, and closes the file so that it stands alone, without a log beside it.
  /// Idempotent; what is asked for afterwards is told cancelled.
  Task<> close();

  [[nodiscard]] const OpenReport& opened() const { return report_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] WriterFigures figures() const { return writer_->figures(); }
  /// "store_transactions" and "store_bytes".
  void add_levels(QueueLevels& levels) const;

 private:
  Store(const Executor& owner, const std::filesystem::path& path, OpenReport report);

  static Error closed() { return {ErrorCode::cancelled, "the store is closed"}; }

  std::filesystem::path path_;
  OpenReport report_;
  std::shared_ptr<Readers> readers_;
  std::shared_ptr<WriteQueue> queue_;
  std::optional<Writer> writer_;
};

namespace detail {

template <class Function, class Value>
class FunctionJob final : public WriteJob {
 public:
  FunctionJob(Function function, std::size_t bytes, Completion<Value> done)
      : WriteJob(bytes), function_(std::move(function)), done_(std::move(done)) {}

  Result<> run(Transaction& transaction) override {
    try {
      outcome_.emplace(function_(transaction));
    } catch (...) {
      failure_ = std::current_exception();
      return fail(ErrorCode::internal, "a writing function threw");
    }
    if (!*outcome_) return std::unexpected(outcome_->error());
    return {};
  }

  void finish(const Error* lost) override {
    if (failure_ || !lost)
      done_(failure_, outcome_ ? std::move(*outcome_) : fail(ErrorCode::internal, "no outcome"));
    else
      done_(nullptr, std::unexpected(*lost));
  }

 private:
  Function function_;
  Completion<Value> done_;
  std::optional<Result<Value>> outcome_;
  std::exception_ptr failure_;
};

}  // namespace detail

template <class Function>
Task<Result<Store::ValueOf<Function, Transaction>>> Store::write(Function function, std::size_t bytes) {
  using Value = ValueOf<Function, Transaction>;
  // From the first wait on only the queue is touched: the store may be gone when the task goes on.
  const std::shared_ptr<WriteQueue> queue = queue_;
  std::optional<WriteQueue::Room> room = co_await WriteQueue::admit(queue, bytes);
  if (!room) co_return std::unexpected(closed());
  auto initiate = [&](auto handler) {
    auto slot = asio::get_associated_cancellation_slot(handler);
    auto done = completion_of<Value>(std::move(handler), std::move(*room));
    std::unique_ptr<WriteJob> job =
        std::make_unique<detail::FunctionJob<Function, Value>>(std::move(function), bytes, std::move(done));
    const WriteJob* waiting = job.get();
    if (!queue->put(job)) {
      const Error error = closed();
      job->finish(&error);
      return;
    }
    if (!slot.is_connected()) return;
    slot.assign([queue, waiting](asio::cancellation_type) {
      const std::unique_ptr<WriteJob> taken = queue->take_back(waiting);
      if (!taken) return;  // the writer has it: its outcome comes
      const Error error{ErrorCode::cancelled, "the caller went away"};
      taken->finish(&error);
    });
  };
  co_return co_await asio::async_initiate<decltype(asio::use_awaitable), void(std::exception_ptr, Result<Value>)>(
      initiate, asio::use_awaitable);
}

template <class Function>
Task<Result<Store::ValueOf<Function, Snapshot>>> Store::read(WorkerPool& workers, Function function,
                                                             FairPlaces::Asker* asker) {
  using Value = ValueOf<Function, Snapshot>;
  const std::shared_ptr<Readers> readers = readers_;
  Readers::Lease lease(readers, co_await readers->take(asker));
  if (!lease) co_return std::unexpected(closed());
  std::optional<Result<Value>> value;
  std::exception_ptr failure;
  auto outcome = co_await workers.run([&] {
    return readers->run(*lease, [&](Connection& connection) -> Result<> {
      try {
        Snapshot snapshot(connection);
        value.emplace(function(snapshot));
        if (!*value) return std::unexpected(value->error());
      } catch (...) {
        failure = std::current_exception();
      }
      return {};
    });
  });
  if (failure) std::rethrow_exception(failure);
  if (value) co_return std::move(*value);
  co_return forward(outcome);
}

}  // namespace taffrail::store
