// What the writer does between groups: copies, and the log that is emptied.

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <string>

#include "base/task_group.hpp"
#include "store/store_fixture.hpp"
#include "store/store_limits.hpp"

namespace taffrail::store {
namespace {

namespace fs = std::filesystem;

class StoreUpkeep : public StoreFixture {};

TEST_F(StoreUpkeep, CopiesItselfWhileItIsWritten) {
  const auto store = open();
  const std::string filler(20'000, 'x');
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(run(store->write(add_note(std::to_string(i) + filler))).has_value());
  const fs::path target = folder_.path() / "copy.db";
  TaskGroup tasks(io_.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; });
  bool copied = false;
  int meanwhile = 0;
  Result<> outcome;
  Result<> second;
  tasks.spawn("copy", [](Store& s, fs::path to, Result<>& result, bool& done) -> Task<> {
    result = co_await s.backup(to);
    done = true;
  }(*store, target, outcome, copied));
  tasks.spawn("copy again", [](Store& s, fs::path to, Result<>& result) -> Task<> {
    result = co_await s.backup(to);
  }(*store, folder_.path() / "other.db", second));
  tasks.spawn("write", [](Store& s, bool& done, int& count) -> Task<> {
    while (!done) {
      auto added = co_await s.write(add_note("meanwhile " + std::to_string(count++)));
      EXPECT_TRUE(added.has_value());
    }
  }(*store, copied, meanwhile));
  run(tasks.join());
  ASSERT_TRUE(outcome.has_value()) << outcome.error().detail;
  ASSERT_FALSE(second.has_value()) << "one copy at a time";
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_FALSE(fs::exists(target.string() + ".part"));
  EXPECT_EQ(run(store->backup(target)).error().code, ErrorCode::conflict) << "a file that is there stays";
  run(store->close());

  const auto copy = open(options_for(target));
  EXPECT_TRUE(copy->opened().checked_whole);
  EXPECT_FALSE(copy->opened().set_aside.has_value());
  const std::int64_t held = run(copy->read(workers_, count_notes)).value();
  EXPECT_GE(held, 200);
  EXPECT_LE(held, 200 + meanwhile);
  run(copy->close());
}

TEST_F(StoreUpkeep, KeepsItsLogBoundedBesideReadersThatTakeTurns) {
  const auto store = open();
  // Two readings are always under way, so that there is no moment at which nobody needs the log.
  std::atomic<bool> done = false;
  TaskGroup tasks(io_.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; });
  for (int i = 0; i < 2; ++i)
    tasks.spawn("read", [](Store& s, WorkerPool& pool, std::atomic<bool>& end) -> Task<> {
      while (!end) {
        auto counted = co_await s.read(pool, count_notes);
        EXPECT_TRUE(counted.has_value());
      }
    }(*store, workers_, done));
  std::uint64_t most = 0;
  tasks.spawn("write", [](Store& s, std::atomic<bool>& end, std::uint64_t& longest) -> Task<> {
    for (int i = 0; i < 400; ++i) {
      auto added = co_await s.write(add_note(std::to_string(i) + std::string(std::size_t{256} << 10, 'x')));
      EXPECT_TRUE(added.has_value());
      longest = std::max(longest, s.figures().log_bytes);
    }
    end = true;
  }(*store, done, most));
  run(tasks.join());
  // 100 MiB went through it.
  EXPECT_GT(store->figures().checkpoints, 0U);
  EXPECT_LE(most, limits::log_wait_bytes + (std::size_t{1} << 20));
  EXPECT_LE(fs::file_size(path().string() + "-wal"), limits::log_wait_bytes + (std::size_t{1} << 20));
  run(store->close());
}

TEST_F(StoreUpkeep, WritesLittleWhereMuchIsDeleted) {
  const auto store = open();
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(run(store->write(add_note(std::to_string(i) + std::string(std::size_t{256} << 10, 'x')))));
  const std::uint64_t before = store->figures().log_bytes;
  ASSERT_TRUE(run(store->write([](Transaction& t) { return t.run("DELETE FROM note"); })));
  const std::uint64_t after = store->figures().log_bytes;
  // The log may have begun anew. 5 MiB were deleted, as much as was written.
  EXPECT_LT(after < before ? after : after - before, std::size_t{1} << 20);
  run(store->close());
}

}  // namespace
}  // namespace taffrail::store
