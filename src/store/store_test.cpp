#include "store/store.hpp"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <future>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "base/task_group.hpp"
#include "store/store_fixture.hpp"
#include "store/store_limits.hpp"

namespace taffrail::store {
namespace {

namespace fs = std::filesystem;

/// Holds the writer inside a transaction until it is told to go on.
class Gate {
 public:
  ~Gate() { open(); }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait_until_reached() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return reached_; });
  }
  auto holder() {
    return [this](Transaction&) -> Result<int> {
      std::unique_lock lock(mutex_);
      reached_ = true;
      changed_.notify_all();
      changed_.wait(lock, [&] { return open_; });
      return 0;
    };
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool reached_ = false;
  bool open_ = false;
};

class StoreTest : public StoreFixture {
 protected:
  /// Whether an exception leaves the task.
  template <class T>
  bool throws(Task<T> task) {
    try {
      const T value = run(std::move(task));
      (void)value;
      return false;
    } catch (const std::runtime_error&) {
      return true;
    }
  }
  std::int64_t notes(Store& store) { return run(store.read(workers_, count_notes)).value(); }
};

TEST_F(StoreTest, GivesBackWhatAWritingFunctionReturnsOnceItIsCommitted) {
  const auto store = open();
  EXPECT_EQ(run(store->write(add_note("first"))).value(), 1);
  EXPECT_EQ(run(store->write(add_note("second"))).value(), 2);
  // Another connection sees only what is committed.
  EXPECT_EQ(notes(*store), 2);
  run(store->close());
}

TEST_F(StoreTest, UndoesOnlyTheFunctionOfAGroupThatFails) {
  std::vector<std::size_t> groups;
  StoreOptions options = options_for(path());
  options.on_group = [&](const GroupReport& report) { groups.push_back(report.transactions); };
  const auto store = open(std::move(options));
  Gate gate;
  TaskGroup tasks(io_.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; });
  std::vector<Result<std::int64_t>> outcomes(4);
  tasks.spawn("hold", [](Store& s, Gate& g) -> Task<> { (void)co_await s.write(g.holder()); }(*store, gate));
  // The third has the first one's text, after it has written another row.
  const std::string texts[] = {"a", "b", "a", "c"};
  for (std::size_t i = 0; i < 4; ++i) {
    tasks.spawn("add", [](Store& s, std::string text, bool twice, Result<std::int64_t>& outcome) -> Task<> {
      outcome = co_await s.write([text, twice](Transaction& t) -> Result<std::int64_t> {
        if (twice) {
          auto extra = t.run("INSERT INTO note(text) VALUES (?1)", "extra");
          if (!extra) return forward(extra);
        }
        auto done = t.run("INSERT INTO note(text) VALUES (?1)", text);
        if (!done) return forward(done);
        return t.last_row();
      });
    }(*store, texts[i], i == 2, outcomes[i]));
  }
  io_.poll();
  gate.wait_until_reached();
  gate.open();
  run(tasks.join());

  EXPECT_TRUE(outcomes[0].has_value());
  EXPECT_TRUE(outcomes[1].has_value());
  ASSERT_FALSE(outcomes[2].has_value());
  EXPECT_EQ(outcomes[2].error().code, ErrorCode::conflict);
  EXPECT_NE(outcomes[2].error().detail.find("UNIQUE constraint failed: note.text"), std::string::npos);
  EXPECT_TRUE(outcomes[3].has_value());
  EXPECT_EQ(notes(*store), 3) << "the row that the failing function wrote first is gone too";
  EXPECT_EQ(store->figures().failed, 1U);
  run(store->close());
  // What waited behind the held one came in few commits, not in four.
  ASSERT_FALSE(groups.empty());
  EXPECT_LE(groups.size(), 2U);
}

TEST_F(StoreTest, HandsAnExceptionOfAFunctionToItsCallerAndKeepsNothingOfIt) {
  const auto store = open();
  auto task = store->write([](Transaction& t) -> Result<> {
    auto done = t.run("INSERT INTO note(text) VALUES ('half')");
    if (!done) return done;
    throw std::runtime_error("a bug");
  });
  EXPECT_TRUE(throws(std::move(task)));
  EXPECT_EQ(notes(*store), 0);
  EXPECT_TRUE(run(store->write(add_note("after"))).has_value());
  EXPECT_TRUE(throws(store->read(workers_, [](Snapshot&) -> Result<int> { throw std::runtime_error("another bug"); })));
  EXPECT_EQ(notes(*store), 1) << "the connection that the exception came from reads on";
  run(store->close());
}

TEST_F(StoreTest, SaysSoWhenAFunctionEndsTheTransactionByItself) {
  const auto store = open();
  auto ended = run(store->write([](Transaction& t) -> Result<> { return t.run("COMMIT"); }));
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().code, ErrorCode::internal);
  EXPECT_TRUE(run(store->write(add_note("after"))).has_value());
  run(store->close());
}

TEST_F(StoreTest, LetsAReadingSeeTheDatabaseAsItStoodWhenItBegan) {
  const auto store = open();
  ASSERT_TRUE(run(store->write(add_note("before"))).has_value());
  auto seen = run(store->read(workers_, [&](Snapshot& snapshot) -> Result<std::pair<std::int64_t, std::int64_t>> {
    auto first = count_notes(snapshot);
    if (!first) return forward(first);
    // The owner thread waits in `run`, so it is this thread's turn to let it write.
    std::promise<bool> written;
    asio::post(io_, [&] {
      asio::co_spawn(io_, store->write(add_note("meanwhile")),
                     [&](std::exception_ptr, Result<std::int64_t> result) { written.set_value(result.has_value()); });
    });
    if (!written.get_future().get()) return fail(ErrorCode::internal, "not written");
    auto second = count_notes(snapshot);
    if (!second) return forward(second);
    return std::pair(*first, *second);
  }));
  ASSERT_TRUE(seen.has_value()) << seen.error().detail;
  EXPECT_EQ(seen->first, 1);
  EXPECT_EQ(seen->second, 1);
  EXPECT_EQ(notes(*store), 2);
  run(store->close());
}

TEST_F(StoreTest, LetsNoReadingWrite) {
  const auto store = open();
  auto tried = run(store->read(workers_, [](Snapshot& snapshot) -> Result<> {
    auto rows = snapshot.query("INSERT INTO note(text) VALUES ('x')");
    if (!rows) return forward(rows);
    return rows->run();
  }));
  ASSERT_FALSE(tried.has_value());
  EXPECT_EQ(tried.error().code, ErrorCode::permission_denied);
  run(store->close());
}

TEST_F(StoreTest, TakesBackAWaitingFunctionWhoseCallerIsCancelled) {
  const auto store = open();
  Gate gate;
  TaskGroup holding(io_.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; });
  TaskGroup waiting(io_.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; });
  holding.spawn("hold", [](Store& s, Gate& g) -> Task<> { (void)co_await s.write(g.holder()); }(*store, gate));
  io_.poll();
  gate.wait_until_reached();
  waiting.spawn("add", [](Store& s) -> Task<> { (void)co_await s.write(add_note("never")); }(*store));
  io_.poll();
  EXPECT_EQ(waiting.size(), 1U);
  waiting.cancel();
  run(waiting.join());  // while the writer is still held
  gate.open();
  run(holding.join());
  EXPECT_EQ(notes(*store), 0);
  QueueLevels levels;
  store->add_levels(levels);
  EXPECT_EQ(levels.all().at("store_transactions").depth, 0U) << "its room is free again";
  run(store->close());
}

TEST_F(StoreTest, MakesCallersWaitWhenTheQueueIsFullAndLosesNone) {
  const auto store = open();
  Gate gate;
  TaskGroup tasks(io_.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; });
  tasks.spawn("hold", [](Store& s, Gate& g) -> Task<> { (void)co_await s.write(g.holder()); }(*store, gate));
  io_.poll();
  gate.wait_until_reached();
  const std::size_t callers = limits::queued_transactions + 100;
  std::size_t written = 0;
  for (std::size_t i = 0; i < callers; ++i) {
    tasks.spawn("add", [](Store& s, std::size_t number, std::size_t& count) -> Task<> {
      auto done = co_await s.write(add_note(std::to_string(number)));
      count += done.has_value();
    }(*store, i, written));
  }
  io_.poll();
  QueueLevels levels;
  store->add_levels(levels);
  EXPECT_EQ(levels.all().at("store_transactions").depth, limits::queued_transactions);
  gate.open();
  run(tasks.join());
  EXPECT_EQ(written, callers);
  EXPECT_EQ(notes(*store), static_cast<std::int64_t>(callers));
  run(store->close());
}

TEST_F(StoreTest, BoundsWhatWaitsByItsBytesTooAndLetsALargeOneInAlone) {
  const auto store = open();
  Gate gate;
  TaskGroup tasks(io_.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; });
  tasks.spawn("hold", [](Store& s, Gate& g) -> Task<> { (void)co_await s.write(g.holder()); }(*store, gate));
  io_.poll();
  gate.wait_until_reached();
  const std::size_t sizes[] = {limits::queued_bytes / 2, limits::queued_bytes / 2, 1, 2 * limits::queued_bytes};
  for (std::size_t i = 0; i < 4; ++i)
    tasks.spawn("add", [](Store& s, std::size_t number, std::size_t size) -> Task<> {
      auto done = co_await s.write(add_note(std::to_string(number)), size);
      EXPECT_TRUE(done.has_value());
    }(*store, i, sizes[i]));
  io_.poll();
  QueueLevels levels;
  store->add_levels(levels);
  EXPECT_EQ(levels.all().at("store_bytes").depth, limits::queued_bytes);
  gate.open();
  run(tasks.join());
  EXPECT_EQ(notes(*store), 4);
  run(store->close());
}

TEST_F(StoreTest, WritesWhatWaitsBeforeItCloses) {
  const auto store = open();
  Gate gate;
  TaskGroup tasks(io_.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; });
  tasks.spawn("hold", [](Store& s, Gate& g) -> Task<> { (void)co_await s.write(g.holder()); }(*store, gate));
  std::size_t written = 0;
  for (int i = 0; i < 50; ++i)
    tasks.spawn("add", [](Store& s, int number, std::size_t& count) -> Task<> {
      auto done = co_await s.write(add_note(std::to_string(number)));
      count += done.has_value();
    }(*store, i, written));
  io_.poll();
  gate.wait_until_reached();
  tasks.spawn("close", store->close());
  io_.poll();
  gate.open();
  run(tasks.join());
  EXPECT_EQ(written, 50U);
  auto late = run(store->write(add_note("late")));
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, ErrorCode::cancelled);
  auto reading = run(store->read(workers_, count_notes));
  ASSERT_FALSE(reading.has_value());
  EXPECT_EQ(reading.error().code, ErrorCode::cancelled);
  EXPECT_FALSE(fs::exists(path().string() + "-wal")) << "the file stands alone after a clean close";
  const auto again = open();
  EXPECT_EQ(notes(*again), 50);
  run(again->close());
}

TEST_F(StoreTest, TellsTheWaitingWhenItEndsWithoutBeingClosed) {
  auto store = open();
  Gate gate;
  TaskGroup tasks(io_.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; });
  std::vector<ErrorCode> codes;
  for (int i = 0; i < 3 * static_cast<int>(limits::queued_transactions) / 2; ++i)
    tasks.spawn("add", [](Store& s, Gate& g, int number, std::vector<ErrorCode>& told) -> Task<> {
      if (number == 0) {
        (void)co_await s.write(g.holder());
        co_return;
      }
      auto done = co_await s.write(add_note(std::to_string(number)));
      if (!done) told.push_back(done.error().code);
    }(*store, gate, i, codes));
  io_.poll();  // some wait in the queue, some for room in it
  gate.wait_until_reached();
  auto opener = std::async(std::launch::async, [&] { gate.open(); });
  store.reset();
  opener.get();
  run(tasks.join());
  // Those behind the held one were told; the group under way may have held some of them.
  EXPECT_GE(codes.size(), limits::queued_transactions / 2);
  for (const ErrorCode code : codes) EXPECT_EQ(code, ErrorCode::cancelled);
  const auto again = open();
  EXPECT_EQ(static_cast<std::size_t>(notes(*again)) + codes.size(), 3 * limits::queued_transactions / 2 - 1);
  run(again->close());
}

TEST_F(StoreTest, GivesTheNextConnectionToWhoHasReadForTheLeastTime) {
  const auto store = open();
  FairPlaces::Asker much{.had = std::chrono::hours(1)};
  WorkerPool worker(1);
  std::promise<void> go_on;
  const std::shared_future<void> may_end(go_on.get_future());
  std::string order;
  TaskGroup tasks(io_.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; });
  const auto read = [&](char name, FairPlaces::Asker* asker, bool waits) -> Task<> {
    const auto work = [&](Snapshot&) -> Result<int> {
      if (waits) may_end.wait();
      return 0;
    };
    (void)co_await store->read(worker, work, asker);
    if (!waits) order += name;
  };
  FairPlaces::Asker first;
  for (std::size_t i = 0; i < limits::readers; ++i) tasks.spawn("first", read('f', &first, true));
  tasks.spawn("much", read('m', &much, false));
  tasks.spawn("new", read('n', nullptr, false));
  while (io_.poll() > 0) {
  }
  go_on.set_value();
  run(tasks.join());
  EXPECT_EQ(order, "nm");
  EXPECT_GT(first.had, Duration::zero());
  run(store->close());
}

TEST_F(StoreTest, LetsWhoAsksForOneThingPassByWhoAsksForManyAtOnce) {
  const auto store = open();
  WorkerPool worker(1);
  std::promise<void> go_on;
  const std::shared_future<void> may_end(go_on.get_future());
  std::string order;
  TaskGroup tasks(io_.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; });
  const auto read = [&](char name, FairPlaces::Asker* asker) -> Task<> {
    const auto work = [&](Snapshot&) -> Result<int> {
      if (name == '-') may_end.wait();
      return 0;
    };
    (void)co_await store->read(worker, work, asker);
    if (name != '-') order += name;
  };
  for (std::size_t i = 0; i < limits::readers; ++i) tasks.spawn("before", read('-', nullptr));
  // Neither has read anything.
  FairPlaces::Asker many;
  FairPlaces::Asker one;
  for (int i = 0; i < 3; ++i) tasks.spawn("many", read('m', &many));
  tasks.spawn("one", read('o', &one));
  while (io_.poll() > 0) {
  }
  go_on.set_value();
  run(tasks.join());
  EXPECT_EQ(order, "ommm");
  run(store->close());
}

TEST_F(StoreTest, EndsAReadingThatRunsWhenItCloses) {
  const auto store = open();
  std::promise<void> began;
  TaskGroup tasks(io_.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; });
  Result<std::int64_t> outcome = 0;
  tasks.spawn("read", [](Store& s, WorkerPool& pool, std::promise<void>& start, Result<std::int64_t>& told) -> Task<> {
    told = co_await s.read(pool, [&](Snapshot& snapshot) -> Result<std::int64_t> {
      auto rows =
          snapshot.query("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n");
      start.set_value();
      if (!rows) return forward(rows);
      auto row = rows->step();
      if (!row) return forward(row);
      return rows->integer(0);
    });
  }(*store, workers_, began, outcome));
  io_.poll();
  began.get_future().wait();
  run(store->close());
  run(tasks.join());
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::timeout);
}

TEST_F(StoreTest, ReadsABlobInPartsAndRefusesWhatIsOutside) {
  const auto store = open();
  std::string large(1 << 20, '\0');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 7 + i / 4096);
  ASSERT_TRUE(run(store->write(add_note(large))).has_value());
  auto read = run(store->read(workers_, [&](Snapshot& snapshot) -> Result<> {
    EXPECT_EQ(snapshot.blob("note", "text", 99).error().code, ErrorCode::not_found);
    EXPECT_EQ(snapshot.blob("note", "id", 1).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(snapshot.blob("note", "nothing", 1).error().code, ErrorCode::invalid_argument);
    auto blob = snapshot.blob("note", "text", 1);
    if (!blob) return forward(blob);
    EXPECT_EQ(blob->size(), large.size());
    std::array<std::byte, 1000> part{};
    for (const std::size_t offset : {std::size_t{0}, std::size_t{4095}, large.size() - part.size()}) {
      auto done = blob->read(offset, part);
      if (!done) return done;
      EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(part.data()), part.size()),
                std::string_view(large).substr(offset, part.size()));
    }
    EXPECT_EQ(blob->read(large.size() - 999, part).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(blob->read(large.size() + 1, {}).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(blob->move_to(2).error().code, ErrorCode::not_found);
    return {};
  }));
  EXPECT_TRUE(read.has_value()) << read.error().detail;
  run(store->close());
}

}  // namespace
}  // namespace taffrail::store
