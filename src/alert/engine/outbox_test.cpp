#include "alert/engine/outbox.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "alert/engine/alert_schema.hpp"
#include "base/temporary_folder.hpp"
#include "base/timeout.hpp"
#include "store/store.hpp"

namespace taffrail::alert {
namespace {

using namespace std::chrono_literals;

/// Answers as the test says, and keeps what it was given.
class TestSender final : public Sender {
 public:
  struct Sent {
    DestinationId destination;
    std::string id;
    std::string detail;
    SteadyTime at;
  };
  Task<Attempt> send(const Destination& destination, const Notification& notification) override {
    sent.push_back({destination.id, notification.id, notification.detail, std::chrono::steady_clock::now()});
    ++under_way[destination.id];
    most_under_way[destination.id] = std::max(most_under_way[destination.id], under_way[destination.id]);
    const DestinationId id = destination.id;
    const Notification told = notification;
    if (delay.contains(id)) co_await sleep_for(delay[id]);
    --under_way[id];
    co_return answer ? answer(id, told) : delivered();
  }
  static Attempt delivered() {
    Attempt attempt;
    attempt.outcome = Attempt::Outcome::delivered;
    attempt.status = 200;
    return attempt;
  }
  static Attempt failed(Attempt::Outcome outcome, std::string why, std::optional<Duration> after = {}) {
    Attempt attempt;
    attempt.outcome = outcome;
    attempt.error = std::move(why);
    attempt.retry_after = after;
    return attempt;
  }
  [[nodiscard]] std::vector<std::string> details(DestinationId id) const {
    std::vector<std::string> all;
    for (const Sent& one : sent)
      if (one.destination == id) all.push_back(one.detail);
    return all;
  }

  std::vector<Sent> sent;
  std::map<DestinationId, Duration> delay;
  std::map<DestinationId, int> under_way;
  std::map<DestinationId, int> most_under_way;
  std::function<Attempt(DestinationId, const Notification&)> answer;
};

class Outboxes : public testing::Test {
 protected:
  void run(std::function<Task<>()> body) {
    std::exception_ptr failure;
    asio::co_spawn(
        context_,
        [&]() -> Task<> {
          open();
          co_await body();
          co_await outbox_->stop();
          co_await store_->close();
        },
        [&](std::exception_ptr error) { failure = error; });
    context_.run_for(180s);
    ASSERT_TRUE(context_.stopped()) << "the test did not end";
    if (failure) std::rethrow_exception(failure);
  }
  void open() {
    store::StoreOptions options;
    options.file.path = folder_.path() / "alerts.db";
    options.file.migrations = alert_schema;
    auto store = store::Store::open(context_.get_executor(), std::move(options));
    ASSERT_TRUE(store.has_value()) << store.error().detail;
    store_ = std::move(*store);
    outbox_.emplace(context_.get_executor(), workers_, *store_, sender_, clock_,
                    [](std::string_view what) { ADD_FAILURE() << what; });
  }
  /// As after a crash: with the same file.
  Task<> reopen() {
    co_await outbox_->stop();
    outbox_.reset();
    co_await store_->close();
    store_.reset();
    open();
  }
  static Destination destination(DestinationId id, std::uint32_t concurrency = 1) {
    Destination made;
    made.id = id;
    made.name = "destination " + std::to_string(id);
    made.type = "webhook";
    made.rate = 0;
    made.concurrency = concurrency;
    return made;
  }
  Task<> put(std::int64_t id, const std::string& detail, const std::string& lane, std::vector<DestinationId> to,
             Duration tried_for = 24h) {
    Changes changes;
    Changes::Out out;
    out.id = id;
    out.notification.id = "t-" + std::to_string(id);
    out.notification.detail = detail;
    out.notification.time = clock_.now();
    out.lane = lane;
    for (const DestinationId one : to) out.destinations.emplace_back(one, clock_.now() + tried_for);
    changes.out.push_back(std::move(out));
    auto done = co_await store_->write([&](store::Transaction& transaction) -> Result<> {
      for (const DestinationId one : to) {
        auto known =
            transaction.run("INSERT OR IGNORE INTO destination(id, json, created, changed) VALUES (?1, '', 0, 0)", one);
        if (!known) return known;
      }
      return write(transaction, changes);
    });
    EXPECT_TRUE(done.has_value());
    for (const DestinationId one : to) outbox_->wake(one, 1);
  }
  Task<std::int64_t> number(const char* sql) {
    auto found = co_await store_->read(workers_, [sql](store::Snapshot& snapshot) -> Result<std::int64_t> {
      auto rows = snapshot.query(sql);
      if (!rows) return forward(rows);
      if (auto row = rows->step(); !row) return forward(row);
      return rows->integer(0);
    });
    EXPECT_TRUE(found.has_value());
    co_return found.value_or(-1);
  }
  Task<> until(const char* sql, std::int64_t value) {
    for (int i = 0; i < 3000; ++i) {
      if (co_await number(sql) == value) co_return;
      co_await sleep_for(10ms);
    }
    ADD_FAILURE() << sql << " is never " << value;
  }
  static constexpr const char* pending = "SELECT COUNT(*) FROM delivery WHERE state = 0";

  asio::io_context context_{1};
  WorkerPool workers_{1};
  SystemClock clock_;
  TemporaryFolder folder_;
  TestSender sender_;
  std::unique_ptr<store::Store> store_;
  std::optional<Outbox> outbox_;
};

TEST_F(Outboxes, DeliverOnceAndInOrder) {
  run([this]() -> Task<> {
    outbox_->set(destination(1, 4));
    std::vector<std::string> wanted;
    for (int i = 1; i <= 300; ++i) {
      co_await put(i, std::to_string(i), "lane", {1});
      wanted.push_back(std::to_string(i));
    }
    co_await until(pending, 0);
    EXPECT_EQ(sender_.details(1), wanted);
    EXPECT_EQ(outbox_->health(1)->counters.delivered, 300U);
  });
}

TEST_F(Outboxes, SendLanesBesideEachOther) {
  sender_.delay[1] = 20ms;
  run([this]() -> Task<> {
    outbox_->set(destination(1, 4));
    for (int i = 1; i <= 40; ++i) co_await put(i, std::to_string(i), "lane " + std::to_string(i % 8), {1});
    co_await until(pending, 0);
    EXPECT_EQ(sender_.most_under_way[1], 4);
    std::map<int, int> last;
    for (const std::string& detail : sender_.details(1)) {
      const int i = std::stoi(detail);
      EXPECT_GT(i, last[i % 8]) << "within a lane in order";
      last[i % 8] = i;
    }
    EXPECT_EQ(sender_.sent.size(), 40U);
  });
}

TEST_F(Outboxes, TryAgainAndLetNothingPassWithinALane) {
  int tries = 0;
  sender_.answer = [&](DestinationId, const Notification& told) {
    return told.detail == "1" && ++tries <= 2 ? TestSender::failed(Attempt::Outcome::again, "503")
                                              : TestSender::delivered();
  };
  run([this]() -> Task<> {
    outbox_->set(destination(1, 2));
    co_await put(1, "1", "a", {1});
    co_await put(2, "2", "a", {1});
    co_await until(pending, 0);
    EXPECT_EQ(sender_.details(1), (std::vector<std::string>{"1", "1", "1", "2"}));
    EXPECT_EQ(co_await number("SELECT attempts FROM delivery WHERE notification = 1"), 3);
    EXPECT_EQ(co_await number("SELECT COUNT(*) FROM attempt"), 4);
    EXPECT_EQ(outbox_->health(1)->failures, 0U);
  });
}

TEST_F(Outboxes, LetOthersPassWhatIsRefused) {
  sender_.answer = [](DestinationId, const Notification& told) {
    return told.detail == "poison" ? TestSender::failed(Attempt::Outcome::refused, "400: no") : TestSender::delivered();
  };
  run([this]() -> Task<> {
    outbox_->set(destination(1));
    co_await put(1, "poison", "a", {1});
    co_await put(2, "fine", "a", {1});
    co_await until(pending, 1);
    EXPECT_EQ(sender_.details(1), (std::vector<std::string>{"poison", "fine"}));
    EXPECT_EQ(co_await number("SELECT refused FROM delivery WHERE notification = 1"), 1);
    // A person has mended it.
    sender_.answer = nullptr;
    auto retried = co_await outbox_->retry(1, std::nullopt);
    EXPECT_TRUE(retried.has_value());
    co_await until(pending, 0);
    EXPECT_EQ((co_await outbox_->retry(1, std::nullopt)).error().code, ErrorCode::not_found);
  });
}

TEST_F(Outboxes, HoldNobodyUpForADestinationThatHangs) {
  sender_.delay[1] = 10s;
  run([this]() -> Task<> {
    outbox_->set(destination(1));
    outbox_->set(destination(2));
    for (int i = 1; i <= 20; ++i) co_await put(i, std::to_string(i), "a", {1});
    const SteadyTime asked = std::chrono::steady_clock::now();
    co_await put(21, "quick", "b", {2});
    co_await until("SELECT COUNT(*) FROM delivery WHERE destination = 2 AND state = 0", 0);
    EXPECT_EQ(sender_.details(2), std::vector<std::string>{"quick"});
    EXPECT_LT(sender_.sent.back().at - asked, 1s);
  });
}

TEST_F(Outboxes, GiveUpWhenTheTimeIsOver) {
  std::vector<std::string> dead;
  sender_.answer = [](DestinationId, const Notification&) {
    return TestSender::failed(Attempt::Outcome::again, "down");
  };
  run([&]() -> Task<> {
    outbox_->on_dead([&](const Destination& to, const Notification& told, const std::string& error) {
      dead.push_back(to.name + " " + told.id + " " + error);
    });
    outbox_->set(destination(1));
    co_await put(1, "1", "a", {1}, 100ms);
    co_await until("SELECT COUNT(*) FROM delivery WHERE state = 2", 1);
    EXPECT_EQ(dead, std::vector<std::string>{"destination 1 t-1 down"});
  });
}

TEST_F(Outboxes, WaitAsLongAsTheyAreAsked) {
  int tries = 0;
  sender_.answer = [&](DestinationId, const Notification&) {
    return ++tries == 1 ? TestSender::failed(Attempt::Outcome::again, "429", 2s) : TestSender::delivered();
  };
  run([this]() -> Task<> {
    outbox_->set(destination(1));
    co_await put(1, "1", "a", {1});
    co_await put(2, "2", "b", {1});
    co_await until(pending, 0);
    EXPECT_EQ(sender_.sent.size(), 3U);
    EXPECT_GE(sender_.sent[1].at - sender_.sent[0].at, 2s) << "no other lane either";
  });
}

TEST_F(Outboxes, KeepTheRate) {
  run([this]() -> Task<> {
    Destination slow = destination(1, 3);
    slow.rate = 5;
    slow.per = 1s;
    outbox_->set(slow);
    for (int i = 1; i <= 12; ++i) co_await put(i, std::to_string(i), std::to_string(i), {1});
    co_await until(pending, 0);
    for (std::size_t i = 5; i < sender_.sent.size(); ++i)
      EXPECT_GE(sender_.sent[i].at - sender_.sent[i - 5].at, 990ms) << i;
  });
}

TEST_F(Outboxes, GoOnAfterARestart) {
  sender_.delay[1] = 10s;
  run([this]() -> Task<> {
    outbox_->set(destination(1));
    for (int i = 1; i <= 10; ++i) co_await put(i, std::to_string(i), "a", {1});
    while (sender_.sent.empty()) co_await sleep_for(1ms);
    co_await reopen();
    sender_.delay.clear();
    outbox_->set(destination(1));
    co_await until(pending, 0);
    EXPECT_EQ(sender_.sent.size(), 11U);
    EXPECT_EQ(sender_.sent[0].id, sender_.sent[1].id) << "what was under way comes twice, under one name";
  });
}

TEST_F(Outboxes, ReachWhatIsDueBehindMuchThatWaits) {
  sender_.answer = [](DestinationId, const Notification& told) {
    return told.detail == "stuck" ? TestSender::failed(Attempt::Outcome::refused, "400") : TestSender::delivered();
  };
  run([this]() -> Task<> {
    outbox_->set(destination(1, 4));
    for (int i = 1; i <= 400; ++i) co_await put(i, "stuck", std::to_string(i), {1});
    co_await until("SELECT COUNT(*) FROM delivery WHERE refused = 1", 400);
    co_await put(1000, "fine", "x", {1});
    co_await until("SELECT COUNT(*) FROM delivery WHERE state = 1", 1);
    EXPECT_EQ(sender_.sent.size(), 401U);
  });
}

TEST_F(Outboxes, TellWhatIsLeftOfADestinationThatIsRemoved) {
  sender_.answer = [](DestinationId, const Notification&) {
    return TestSender::failed(Attempt::Outcome::again, "down");
  };
  run([this]() -> Task<> {
    outbox_->set(destination(1));
    co_await put(1, "1", "a", {1});
    co_await until("SELECT MAX(attempts) FROM delivery", 1);
    EXPECT_TRUE((co_await outbox_->remove(1)).has_value());
    EXPECT_EQ(co_await number(pending), 0);
    EXPECT_FALSE(outbox_->find(1));
    EXPECT_EQ((co_await outbox_->retry(1, std::nullopt)).error().code, ErrorCode::not_found) << "nobody would make it";
    EXPECT_EQ(co_await number(pending), 0);
  });
}

TEST_F(Outboxes, RemoveADestinationAsAWholeOrNotAtAllWhenWhoAskedLeaves) {
  sender_.answer = [](DestinationId, const Notification&) {
    return TestSender::failed(Attempt::Outcome::again, "down");
  };
  run([this]() -> Task<> {
    outbox_->set(destination(1));
    co_await put(1, "1", "a", {1});
    co_await until("SELECT MAX(attempts) FROM delivery", 1);
    for (const bool begun : {false, true}) {
      SCOPED_TRACE(begun);
      // A write before it holds the writer up.
      std::binary_semaphore held(0);
      asio::co_spawn(
          context_,
          [](store::Store& store, std::binary_semaphore& until) -> Task<> {
            auto done = co_await store.write([&until](store::Transaction&) -> Result<int> {
              until.acquire();
              return 1;
            });
            EXPECT_TRUE(done.has_value());
          }(*store_, held),
          asio::detached);
      asio::cancellation_signal leaves;
      bool over = false;
      co_await sleep_for(20ms);
      asio::co_spawn(
          context_, [](Outbox& outbox) -> Task<> { (void)co_await outbox.remove(1); }(*outbox_),
          asio::bind_cancellation_slot(leaves.slot(), [&](const std::exception_ptr&) { over = true; }));
      co_await sleep_for(20ms);
      const std::uint64_t before = store_->figures().transactions;
      if (begun) {
        // Written, and nobody has been told: this thread has not gone on.
        held.release();
        for (int i = 0; i < 10'000 && store_->figures().transactions < before + 2; ++i)
          std::this_thread::sleep_for(1ms);
      }
      leaves.emit(asio::cancellation_type::terminal);
      if (!begun) held.release();
      for (int i = 0; i < 10'000 && !over; ++i) co_await sleep_for(1ms);
      EXPECT_TRUE(over);
      const bool there = outbox_->find(1) != nullptr;
      EXPECT_EQ(there, !begun);
      EXPECT_EQ(co_await number("SELECT COUNT(*) FROM destination"), there ? 1 : 0);
      EXPECT_EQ(co_await number(pending), there ? 1 : 0);
    }
  });
}

}  // namespace
}  // namespace taffrail::alert
