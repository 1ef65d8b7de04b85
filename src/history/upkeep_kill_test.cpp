// The process is killed at each write to the disk that a merge and a drop make.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include "base/manual_clock.hpp"
#include "base/temporary_folder.hpp"
#include "base/timeout.hpp"
#include "history/history.hpp"
#include "history/stored_log.hpp"
#include "store/failing_disk.hpp"

namespace taffrail::history {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr Seq all_lines = 64 * 8 + 20 * 50;

/// A server's store and what tidies it, in this process.
class Tidied {
 public:
  explicit Tidied(const fs::path& folder) : store_(std::move(*History::open_store(context_.get_executor(), folder))) {}

  template <class T>
  T run(Task<T> task) {
    std::optional<T> value;
    asio::co_spawn(context_, std::move(task), [&](const std::exception_ptr& failure, T result) {
      if (failure) std::rethrow_exception(failure);
      value.emplace(std::move(result));
    });
    context_.restart();
    context_.run_for(180s);
    return std::move(*value);
  }
  /// A log that has blocks to merge, behind some that are to be dropped.
  void fill() {
    RowWriter writer;
    const LogRow row{ContainerId(HostId("h"), "c"), "{}", {}, {Time(1h), all_lines}};
    const LogKey key = *run(store_->write([row](store::Transaction& t) { return put_log(t, row); }));
    Seq seq = 1;
    for (int block = 0; block < 84; ++block) {
      Batch batch;
      for (int i = 0; i < (block < 20 ? 50 : 8); ++i) {
        batch.append(Time(std::chrono::seconds(seq)), text::StdStream::out, "line " + std::to_string(seq), false);
        batch.records.back().seq = seq++;
      }
      auto made = block < 20 ? writer.templates(batch) : writer.plain(batch);
      (void)*run(store_->write([key, &made](store::Transaction& t) { return insert_block(t, key, *made); }));
    }
  }
  /// Tidies until there is nothing to do.
  Task<bool> tidy() {
    auto logs = co_await store_->read(workers_, [](store::Snapshot& snapshot) { return Catalogue::load(snapshot); });
    catalogue_.adopt(std::move(*logs));
    // Some of the oldest blocks are too much.
    upkeep_.set_retention({.bytes = catalogue_.sums().size - 2000, .age = {}});
    const auto both_done = [](const Upkeep& upkeep) -> Task<bool> {
      const auto did = [&] { return upkeep.state().merges > 0 && upkeep.state().dropped_lines > 0; };
      for (int i = 0; i < 10'000 && !did(); ++i) co_await sleep_for(2ms);
      co_return did();
    };
    auto ended = co_await first_of(upkeep_.run(), both_done(upkeep_));
    co_return ended.index() == 1 && std::get<1>(ended);
  }
  /// The names of all lines are in a row up to the last one. @return the first
  Task<Seq> first_line() {
    auto first = co_await store_->read(workers_, [](store::Snapshot& snapshot) -> Result<Seq> {
      auto rows = blocks_of(snapshot, 1);
      if (!rows) return forward(rows);
      Seq begin = 0;
      Seq next = 0;
      while (*rows->step()) {
        auto lines = read_lines(snapshot, BlockInfo::read(*rows));
        if (!lines) return forward(lines);
        for (const Record& record : lines->records) {
          if (begin == 0) begin = next = record.seq;
          EXPECT_EQ(record.seq, next++);
          EXPECT_EQ(lines->text(record), "line " + std::to_string(record.seq));
        }
      }
      EXPECT_EQ(next, all_lines + 1);
      return begin;
    });
    EXPECT_TRUE(first) << first.error().detail;
    co_return first.value_or(0);
  }
  void close() {
    run([](store::Store& store) -> Task<bool> {
      co_await store.close();
      co_return true;
    }(*store_));
  }

 private:
  asio::io_context context_{1};
  WorkerPool workers_{1};
  ManualClock clock_{Time(std::chrono::seconds(1'790'000'000))};
  std::unique_ptr<store::Store> store_;
  Catalogue catalogue_;
  Upkeep upkeep_{context_.get_executor(), *store_, workers_, clock_, catalogue_, [](const ContainerId&) {}};
};

/// In a process of its own: tidies, and is killed at that write. Never returns.
[[noreturn]] void tidy_and_die(const fs::path& folder, long writes) {
  store::FailingDisk disk;
  Tidied tidied(folder);
  disk.kill_after(writes);
  const bool did = tidied.run(tidied.tidy());
  disk.mend();
  ::_exit(did ? 0 : 3);
}

TEST(UpkeepKill, LosesNothingAtWhicheverWriteOfAMergeOrADropItComes) {
  const TemporaryFolder folder;
  const fs::path filled = folder.path() / "filled";
  fs::create_directories(filled);
  {
    Tidied tidied(filled);
    tidied.fill();
    EXPECT_EQ(tidied.run(tidied.first_line()), 1U);
    tidied.close();
  }
  long writes = 0;
  int status = 0;
  int dropped = 0;
  for (;; writes += 1 + writes / 25) {
    const fs::path copy = folder.path() / std::to_string(writes);
    fs::copy(filled, copy);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) tidy_and_die(copy, writes);
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (!WIFSIGNALED(status)) break;
    ASSERT_EQ(WTERMSIG(status), SIGKILL);
    Tidied after(copy);
    dropped += after.run(after.first_line()) > 1 ? 1 : 0;
    after.close();
    fs::remove_all(copy);
  }
  EXPECT_EQ(WEXITSTATUS(status), 0) << "the last one had enough writes for a merge and a drop";
  EXPECT_GT(writes, 30) << "there were some to be killed at";
  EXPECT_GT(dropped, 0) << "some were killed between the drop and the merge";
}

}  // namespace
}  // namespace taffrail::history
