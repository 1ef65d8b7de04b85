#include "store/writer.hpp"

#include <algorithm>
#include <pthread.h>
#include <sqlite3.h>
#include <utility>

#include "store/database_file.hpp"
#include "store/reserve.hpp"
#include "store/store_limits.hpp"

namespace taffrail::store {
namespace {

using Steady = std::chrono::steady_clock;

}  // namespace

Writer::Writer(Connection connection, std::shared_ptr<WriteQueue> queue, std::size_t log_reserve,
               std::function<void(const GroupReport&)> on_group)
    : queue_(std::move(queue)),
      log_reserve_(log_reserve),
      on_group_(std::move(on_group)),
      connection_(std::move(connection)),
      next_checkpoint_(limits::checkpoint_pages) {
  const auto remember = [](void* pages, sqlite3*, const char*, int count) {
    *static_cast<int*>(pages) = count;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(connection_->handle(), remember, &log_pages_);
  thread_ = std::thread([this] { loop(); });
  pthread_setname_np(thread_.native_handle(), "store");
}

Writer::~Writer() { thread_.join(); }

WriterFigures Writer::figures() const {
  return {.commits = commits_,
          .transactions = transactions_,
          .failed = failed_,
          .checkpoints = checkpoints_,
          .log_bytes = log_bytes_,
          .busy = std::chrono::nanoseconds(busy_ns_)};
}

void Writer::loop() {
  reserve_log(*connection_, log_reserve_);
  for (;;) {
    const bool closed = queue_->closed();
    Jobs jobs = queue_->take(!copies());
    if (!jobs.empty()) {
      run_group(jobs);
      if (!jobs.empty()) queue_->put_back(jobs);
      const Error gone{ErrorCode::cancelled, "the store was closed before this could be written"};
      for (auto& job : jobs) job->finish(&gone);  // the queue takes nothing back any more
      checkpoint();
    } else if (closed) {
      break;
    }
    take_order();
    copy_some();
  }
  take_order();
  if (order_) order_->done(nullptr, fail(ErrorCode::cancelled, "the store was closed before the copy was whole"));
  order_.reset();
  // The readers are gone by now: the log is emptied and removed, and the file stands alone.
  connection_.reset();
  WriteQueue::say_ended(queue_);
}

void Writer::run_group(Jobs& jobs) {
  const auto start = Steady::now();
  std::vector<std::unique_ptr<WriteJob>> ran;
  GroupReport report;
  std::optional<Error> lost;
  if (auto begun = connection_->run("BEGIN IMMEDIATE"); begun) {
    Transaction transaction(*connection_);
    while (!jobs.empty() && !lost && (ran.empty() || Steady::now() - start < limits::group_time)) {
      ran.push_back(std::move(jobs.front()));
      jobs.pop_front();
      lost = run_job(*ran.back(), transaction, report.failed);
    }
    if (!lost) {
      auto committed = reserve_pages(*connection_);
      if (committed) committed = connection_->run("COMMIT");
      if (!committed) lost = std::move(committed.error());
    }
    if (lost) connection_->abandon_transaction();
  } else {
    // None of them can be begun now, and the next group may: all are told.
    lost.emplace(std::move(begun.error()));
    for (auto& job : jobs) ran.push_back(std::move(job));
    jobs.clear();
  }
  if (lost && lost->code == ErrorCode::damaged) suspect(sqlite3_db_filename(connection_->handle(), "main"));
  disk_is_full_ = lost && lost->code == ErrorCode::no_space;
  scarce_commits_ = disk_is_full_ ? limits::scarce_commits : std::max(scarce_commits_ - 1, 0);
  report.transactions = ran.size();
  if (lost) report.failed = ran.size();
  report.duration = Steady::now() - start;
  ++commits_;
  transactions_ += report.transactions;
  failed_ += report.failed;
  busy_ns_ += report.duration.count();
  log_bytes_ = static_cast<std::uint64_t>(log_pages_) * limits::page_bytes;
  // First the figures, then the tasks: who was told can see itself counted.
  if (on_group_) on_group_(report);
  for (auto& job : ran) job->finish(lost ? &*lost : nullptr);
}

std::optional<Error> Writer::run_job(WriteJob& job, Transaction& transaction, std::size_t& failed) {
  if (auto saved = connection_->run("SAVEPOINT job"); !saved) return std::move(saved.error());
  auto outcome = job.run(transaction);
  if (!connection_->in_transaction())
    return outcome ? Error{ErrorCode::internal, "a writing function ended the transaction"} : outcome.error();
  if (!outcome) {
    ++failed;
    if (outcome.error().code == ErrorCode::damaged) suspect(sqlite3_db_filename(connection_->handle(), "main"));
    if (auto undone = connection_->run("ROLLBACK TO job"); !undone) return std::move(undone.error());
  }
  if (auto released = connection_->run("RELEASE job"); !released) return std::move(released.error());
  return {};
}

// What was committed is moved from the log to the file when the log has some pages, as far as the oldest reader lets
// it. The log can begin again from its start only when no reader needs it: from log_bytes on that is asked for with no
// patience, from log_wait_bytes on the writer waits for the readers, whose time is limited. On a full disk the log
// begins again, too, and keeps its room, for what is given back there is lost; the file has room for what it holds.
void Writer::checkpoint() {
  const int few = scarce_commits_ > 0 ? limits::scarce_checkpoint_pages : limits::checkpoint_pages;
  // After a fresh start of the log it counts from the bottom again.
  if (log_pages_ < few) next_checkpoint_ = few;
  if (log_pages_ < next_checkpoint_ && !disk_is_full_) return;
  const auto bytes = static_cast<std::size_t>(log_pages_) * limits::page_bytes;
  const bool waits = bytes >= limits::log_wait_bytes;
  connection_->set_busy_limit(waits ? std::chrono::milliseconds(limits::read_limit) : std::chrono::milliseconds(0));
  int pages = 0;
  int moved = 0;
  const int mode = disk_is_full_                ? SQLITE_CHECKPOINT_RESTART
                   : bytes >= limits::log_bytes ? SQLITE_CHECKPOINT_TRUNCATE
                                                : SQLITE_CHECKPOINT_PASSIVE;
  const int code = sqlite3_wal_checkpoint_v2(connection_->handle(), "main", mode, &pages, &moved);
  connection_->set_busy_limit(limits::busy_limit);
  ++checkpoints_;
  if (code == SQLITE_OK && (mode != SQLITE_CHECKPOINT_PASSIVE || pages == moved)) {
    // The next commit begins the log anew.
    next_checkpoint_ = few;
    log_pages_ = 0;
  } else {
    // A reader, a full disk: again when there is as much more. A log that cannot grow fails the commits, which tell.
    next_checkpoint_ = log_pages_ + few;
  }
  reserve_log(*connection_, log_reserve_);
}

void Writer::start_backup(std::filesystem::path target, Completion<void> done) {
  std::unique_lock lock(mutex_);
  if (copying_) {
    lock.unlock();
    done(nullptr, fail(ErrorCode::conflict, "another copy is being made; try again when it is done"));
    return;
  }
  copying_ = true;
  posted_order_.emplace(CopyOrder{std::move(target), std::move(done), {}});
  lock.unlock();
  queue_->wake();
}

void Writer::take_order() {
  const std::lock_guard lock(mutex_);
  if (!posted_order_) return;
  order_.emplace(std::move(*posted_order_));
  posted_order_.reset();
}

void Writer::copy_some() {
  if (!order_) return;
  Result<> outcome;
  if (!order_->backup) {
    auto begun = Backup::begin(*connection_, order_->target);
    if (begun) {
      order_->backup.emplace(std::move(*begun));
      return;
    }
    outcome = forward(begun);
  } else {
    auto whole = order_->backup->step();
    if (whole && !*whole) return;
    if (!whole) outcome = forward(whole);
  }
  CopyOrder order = std::move(*order_);
  order_.reset();
  order.backup.reset();
  {
    const std::lock_guard lock(mutex_);
    copying_ = false;
  }
  order.done(nullptr, std::move(outcome));
}

}  // namespace taffrail::store
