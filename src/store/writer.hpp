#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "store/backup.hpp"
#include "store/completion.hpp"
#include "store/connection.hpp"
#include "store/write_queue.hpp"

namespace taffrail::store {

/// One commit, for the metrics.
struct GroupReport {
  std::size_t transactions = 0;         ///< functions that ran in it
  std::size_t failed = 0;               ///< of these, those whose changes were undone
  std::chrono::nanoseconds duration{};  ///< from its beginning to the end of its commit
};

/// What the writer has done since it began.
struct WriterFigures {
  std::uint64_t commits = 0;
  std::uint64_t transactions = 0;
  std::uint64_t failed = 0;
  std::uint64_t checkpoints = 0;
  std::uint64_t log_bytes = 0;  ///< what the write-ahead log holds now
  std::chrono::nanoseconds busy{};
};

/// The one thread that writes. It takes what waits in the queue as a group and commits it once: a commit costs the same
/// for one function as for hundreds. Each function has a savepoint, so that one that fails undoes only itself. When the
/// commit fails, or SQLite gives up the transaction by itself (a full disk), all that ran in it are told so.
///
/// Between two groups it empties the write-ahead log and copies pages for a backup.
class Writer {
 public:
  /// @param log_reserve bytes that the write-ahead log has of the disk at any time
  /// @param on_group called after each commit on the writer's thread; quick, and throws nothing
  Writer(Connection connection, std::shared_ptr<WriteQueue> queue, std::size_t log_reserve,
         std::function<void(const GroupReport&)> on_group);
  /// Ends after the group under way; the queue has been closed.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  [[nodiscard]] WriterFigures figures() const;
  /// Copies the database to `target`. One copy at a time: another one is told conflict.
  void start_backup(std::filesystem::path target, Completion<void> done);

 private:
  struct CopyOrder {
    std::filesystem::path target;
    Completion<void> done;
    std::optional<Backup> backup;  // once begun
  };
  using Jobs = std::deque<std::unique_ptr<WriteJob>>;

  void loop();
  /// Runs jobs from the front of `jobs`, at least one, and tells their tasks; the rest had no time.
  void run_group(Jobs& jobs);
  /// Nothing: it ran or was undone. An error: the transaction as a whole is lost.
  [[nodiscard]] std::optional<Error> run_job(WriteJob& job, Transaction& transaction, std::size_t& failed);
  void checkpoint();
  void copy_some();
  [[nodiscard]] bool copies() const { return order_.has_value(); }
  void take_order();

  std::shared_ptr<WriteQueue> queue_;
  std::size_t log_reserve_;
  std::function<void(const GroupReport&)> on_group_;
  std::optional<Connection> connection_;  // the thread closes it
  int log_pages_ = 0;                     // written by SQLite's hook
  int next_checkpoint_;
  bool disk_is_full_ = false;  // the last commit found it so
  int scarce_commits_ = 0;     // commits until it is taken for large enough again

  std::mutex mutex_;
  std::optional<CopyOrder> posted_order_;  // guarded
  bool copying_ = false;                   // guarded: an order is posted or under way
  std::optional<CopyOrder> order_;         // the thread's

  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> transactions_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::atomic<std::uint64_t> checkpoints_{0};
  std::atomic<std::uint64_t> log_bytes_{0};
  std::atomic<std::int64_t> busy_ns_{0};
  std::thread thread_;
};

}  // namespace taffrail::store
