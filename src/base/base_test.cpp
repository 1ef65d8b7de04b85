#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <future>
#include <string>
#include <vector>

#include "base/ascii.hpp"
#include "base/backoff.hpp"
#include "base/bounded_queue.hpp"
#include "base/ring.hpp"
#include "base/signal_flag.hpp"
#include "base/task_group.hpp"
#include "base/time_format.hpp"
#include "base/timeout.hpp"
#include "base/worker_pool.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;

TEST(Ascii, KnowsNoLetterBeyondItWhateverTheLocale) {
  int digits = 0;
  int letters = 0;
  int spaces = 0;
  int hexadecimals = 0;
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    digits += ascii::is_digit(c);
    letters += ascii::is_letter(c);
    spaces += ascii::is_space(c);
    hexadecimals += ascii::hex_value(c) >= 0;
    EXPECT_EQ(ascii::is_alphanumeric(c), ascii::is_digit(c) || ascii::is_letter(c));
    EXPECT_EQ(ascii::to_upper(c) != c, ascii::is_lower(c));
    EXPECT_EQ(ascii::to_lower(c) != c, ascii::is_upper(c));
  }
  EXPECT_EQ(digits, 10);
  EXPECT_EQ(letters, 52);
  EXPECT_EQ(spaces, 4);
  EXPECT_EQ(hexadecimals, 22);
  EXPECT_EQ(ascii::hex_value('f'), 15);
  EXPECT_EQ(ascii::to_lower("\u00C4RGER Z@["), "\u00C4rger z@[");
  EXPECT_EQ(ascii::trim(" \t\r\n a b \n"), "a b");
  EXPECT_EQ(ascii::trim(" \n"), "");
}

TEST(TimeFormat, ReadsWhatItWrites) {
  const Time time(1795252205123456789ns);
  EXPECT_EQ(to_rfc3339(time), "2026-11-21T09:10:05.123456789Z");
  EXPECT_EQ(parse_rfc3339(to_rfc3339(time)), time);
}

TEST(TimeFormat, ReadsOffsetsAndFractions) {
  struct Case {
    const char* text;
    const char* utc;  // nullptr: refused
  };
  const Case cases[] = {
      {"2026-11-21T09:10:05Z", "2026-11-21T09:10:05.000000000Z"},
      {"2026-11-21T09:10:05.5+01:30", "2026-11-21T07:40:05.500000000Z"},
      {"2026-11-21t09:10:05.123456789z", "2026-11-21T09:10:05.123456789Z"},
      {"1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999999Z"},
      {"2026-02-29T00:00:00Z", nullptr},
      {"2026-11-21T24:00:00Z", nullptr},
      {"2026-11-21T09:10:05.Z", nullptr},
      {"2026-11-21T09:10:05.1234567890Z", nullptr},
      {"2026-11-21T09:10:05", nullptr},
      {"2026-11-21T09:10:05Zx", nullptr},
      {"9999-01-01T00:00:00Z", nullptr},
      {"", nullptr},
  };
  for (const Case& c : cases) {
    const auto time = parse_rfc3339(c.text);
    EXPECT_EQ(time.has_value(), c.utc != nullptr) << c.text;
    if (time && c.utc) {
      EXPECT_EQ(to_rfc3339(*time), c.utc) << c.text;
    }
  }
}

TEST(TimeFormat, ReadsDurations) {
  EXPECT_EQ(parse_duration("15m").value(), 15min);
  EXPECT_EQ(parse_duration("1h30m").value(), 90min);
  EXPECT_EQ(parse_duration("1.5s").value(), 1500ms);
  EXPECT_EQ(parse_duration("7d").value(), 168h);
  for (const char* bad : {"", "15", "m", "-5m", "5 m", "5y", "nan s", "nans", "nan(1)s", "infs", "infinityh", "-0s",
                          "1e300h", "300000000d"})
    EXPECT_FALSE(parse_duration(bad).has_value()) << bad;
}

TEST(TimeFormat, ReadsTimeParametersOfAllThreeKinds) {
  const Time now(1795252205s);
  EXPECT_EQ(parse_time_parameter("15m", now).value(), now - 15min);
  EXPECT_EQ(parse_time_parameter("1795252205000000001", now).value(), now + 1ns);
  EXPECT_EQ(parse_time_parameter("2026-11-21T09:10:05Z", now).value(), now);
  EXPECT_NE(parse_time_parameter("yesterday", now).error().detail.find("'yesterday' is not a time"), std::string::npos);
}

TEST(Ring, KeepsTheLastValuesOldestFirst) {
  Ring<int> ring(3);
  for (int i = 1; i <= 5; ++i) ring.push(i);
  EXPECT_EQ(ring.size(), 3U);
  EXPECT_EQ(ring.front(), 3);
  EXPECT_EQ(ring[1], 4);
  EXPECT_EQ(ring.back(), 5);
}

TEST(Backoff, GrowsToItsLimitAndStartsOverAfterASuccess) {
  Backoff backoff(100ms, 1s, 7);
  Duration most{};
  for (int i = 0; i < 20; ++i) {
    const Duration wait = backoff.next();
    EXPECT_GE(wait, 50ms);
    EXPECT_LE(wait, 1s);
    most = std::max(most, wait);
  }
  EXPECT_GE(most, 500ms);
  backoff.reset();
  EXPECT_LE(backoff.next(), 100ms);
}

class Coroutines : public testing::Test {
 protected:
  void run(Task<> task) {
    std::exception_ptr failure;
    asio::co_spawn(context_, std::move(task), [&](std::exception_ptr error) { failure = error; });
    context_.run();
    if (failure) std::rethrow_exception(failure);
  }
  asio::io_context context_;
};

TEST_F(Coroutines, ATimeoutCancelsTheTaskAndNamesIt) {
  run([]() -> Task<> {
    auto slow = []() -> Task<Result<int>> {
      co_await sleep_for(1h);
      co_return 1;
    };
    auto result = co_await with_timeout(1ms, "list containers", slow());
    EXPECT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::timeout);
    EXPECT_EQ(result.error().detail, "list containers: no answer within 1 ms");
    auto quick = []() -> Task<Result<int>> { co_return 7; };
    auto in_time = co_await with_timeout(1h, "quick", quick());
    EXPECT_EQ(in_time.value(), 7);
  }());
}

TEST_F(Coroutines, AnExceptionPassesThroughATimeoutAtOnce) {
  auto bad = []() -> Task<Result<int>> {
    throw std::runtime_error("broken");
    co_return 1;
  };
  const auto awaiting = [](Task<Result<int>> task) -> Task<> {
    auto result = co_await with_timeout(1h, "bad", std::move(task));
    ADD_FAILURE() << result.has_value();
  };
  EXPECT_THROW(run(awaiting(bad())), std::runtime_error);
}

TEST_F(Coroutines, ACancelledTaskInsideATimeoutEndsAsCancelledAndReportsNothing) {
  std::vector<std::string> reports;
  TaskGroup group(context_.get_executor(), [&](std::string_view text) { reports.emplace_back(text); });
  group.spawn("waiting", []() -> Task<> {
    auto slow = []() -> Task<Result<int>> {
      co_await sleep_for(2h);
      co_return 1;
    };
    auto result = co_await with_timeout(1h, "slow", slow());
    ADD_FAILURE() << result.has_value();
  }());
  run([](TaskGroup& tasks) -> Task<> {
    co_await sleep_for(1ms);
    tasks.cancel();
    co_await tasks.join();
  }(group));
  EXPECT_TRUE(reports.empty()) << reports.front();
}

TEST_F(Coroutines, ABugThatShowsWhileATaskIsCancelledForItsTimeIsNoTimeout) {
  auto breaks_when_cancelled = []() -> Task<Result<int>> {
    SignalFlag never(co_await asio::this_coro::executor);
    try {
      for (;;) co_await never.wait();
    } catch (const boost::system::system_error&) {
      throw std::runtime_error("broken at the end");
    }
  };
  const auto awaiting = [](Task<Result<int>> task) -> Task<> {
    auto result = co_await with_timeout(1ms, "bad", std::move(task));
    ADD_FAILURE() << "hidden as: " << result.error().detail;
  };
  EXPECT_THROW(run(awaiting(breaks_when_cancelled())), std::runtime_error);
}

TEST_F(Coroutines, AGroupTellsACancellationFromABugAlsoAmongTasksAwaitedTogether) {
  std::vector<std::string> reports;
  TaskGroup group(context_.get_executor(), [&](std::string_view text) { reports.emplace_back(text); });
  const auto both = [](bool broken) -> Task<> {
    using asio::experimental::awaitable_operators::operator&&;
    const auto waits = [](bool breaks) -> Task<> {
      SignalFlag never(co_await asio::this_coro::executor);
      try {
        for (;;) co_await never.wait();
      } catch (const boost::system::system_error&) {
        if (breaks) throw 7;
        throw;
      }
    };
    co_await (waits(broken) && waits(broken));
  };
  group.spawn("cancelled", both(false));
  group.spawn("broken", both(true));
  run([](TaskGroup& tasks) -> Task<> {
    co_await sleep_for(1ms);
    tasks.cancel();
    co_await tasks.join();
  }(group));
  EXPECT_EQ(reports, std::vector<std::string>{"broken: an exception of an unknown type"});
}

TEST_F(Coroutines, AGroupReportsTheDeathOfATaskByName) {
  std::vector<std::string> reports;
  TaskGroup group(context_.get_executor(), [&](std::string_view text) { reports.emplace_back(text); });
  group.spawn("bad", []() -> Task<> {
    throw std::runtime_error("broken");
    co_return;
  }());
  group.spawn("endless", []() -> Task<> { co_await sleep_for(1h); }());
  run([](TaskGroup& tasks) -> Task<> {
    co_await sleep_for(1ms);
    EXPECT_EQ(tasks.size(), 1U);
    tasks.cancel();
    co_await tasks.join();
    EXPECT_EQ(tasks.size(), 0U);
  }(group));
  EXPECT_EQ(reports, std::vector<std::string>{"bad: broken"});
}

TEST_F(Coroutines, ABoundedQueueRefusesAtItsBoundAndDrainsAfterClose) {
  run([](asio::io_context& context) -> Task<> {
    BoundedQueue<int> queue(context.get_executor(), 2);
    EXPECT_TRUE(queue.try_push(1));
    EXPECT_TRUE(queue.try_push(2));
    EXPECT_FALSE(queue.try_push(3));
    queue.close();
    auto first = co_await queue.pop();
    auto second = co_await queue.pop();
    auto none = co_await queue.pop();
    EXPECT_EQ(first, 1);
    EXPECT_EQ(second, 2);
    EXPECT_FALSE(none.has_value());
  }(context_));
}

TEST_F(Coroutines, ABoundedQueueMakesItsProducerWaitAndItsCloseEndsTheWait) {
  run([](asio::io_context& context) -> Task<> {
    BoundedQueue<int> queue(context.get_executor(), 2);
    TaskGroup producer(context.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; });
    int refused = 0;
    producer.spawn("producer", [](BoundedQueue<int>& into, int& last) -> Task<> {
      for (last = 1;; ++last) {
        const bool taken = co_await into.push(last);
        if (!taken) co_return;
      }
    }(queue, refused));
    for (int expected = 1; expected <= 5; ++expected) {
      const auto value = co_await queue.pop();
      EXPECT_EQ(value, expected);
      EXPECT_LE(queue.depth(), queue.bound());
    }
    while (queue.depth() < queue.bound()) co_await asio::post(asio::use_awaitable);
    queue.close();
    co_await producer.join();
    EXPECT_EQ(refused, 8);
    EXPECT_EQ(co_await queue.pop(), 6);
    EXPECT_EQ(co_await queue.pop(), 7);
    EXPECT_EQ(co_await queue.pop(), std::nullopt);
  }(context_));
}

TEST_F(Coroutines, WorkRunsElsewhereAndItsResultComesBack) {
  WorkerPool pool(1);
  run([](WorkerPool& workers) -> Task<> {
    const auto home = std::this_thread::get_id();
    auto where = co_await workers.run([] { return std::this_thread::get_id(); });
    EXPECT_TRUE(where != home);
    EXPECT_TRUE(std::this_thread::get_id() == home);
  }(pool));
}

TEST_F(Coroutines, ACancelledCallerWaitsForItsWorkAndTheProcessLives) {
  WorkerPool pool(1);
  run([](WorkerPool& workers) -> Task<> {
    int ended = 0;
    for (int i = 0; i < 200; ++i) {
      auto work = [](WorkerPool& shared, int& count) -> Task<Result<int>> {
        co_return co_await shared.run([&] { return Result<int>(++count); });
      };
      const auto result = co_await with_timeout(Duration(i * 100), "work", work(workers, ended));
      EXPECT_TRUE(result || result.error().code == ErrorCode::timeout);
    }
    EXPECT_GT(ended, 0);
  }(pool));
}

TEST_F(Coroutines, AnExceptionOfTheWorkReachesTheCaller) {
  WorkerPool pool(1);
  EXPECT_THROW(run([](WorkerPool& workers) -> Task<> {
                 co_await workers.run([]() -> int { throw std::runtime_error("broken"); });
               }(pool)),
               std::runtime_error);
}

TEST_F(Coroutines, ACallerThatIsCancelledWhileItsWorkRunsEndsOnceThatIsDone) {
  WorkerPool pool(2);  // one thread would hear of the cancellation only after the work
  for (int round = 0; round < 50; ++round) {
    run([](Executor executor, WorkerPool& workers) -> Task<> {
      std::promise<void> begun;
      std::promise<void> cancelled;
      bool finished = false;
      TaskGroup group(executor, [](std::string_view what) { ADD_FAILURE() << what; });
      group.spawn("caller", [](WorkerPool& on, std::promise<void>& b, std::promise<void>& c, bool& f) -> Task<> {
        co_await on.run([&] {
          b.set_value();
          c.get_future().wait();
          f = true;
          return 0;
        });
      }(workers, begun, cancelled, finished));
      co_await asio::post(executor, asio::use_awaitable);
      begun.get_future().wait();
      group.cancel();
      cancelled.set_value();
      co_await group.join();
      EXPECT_TRUE(finished);
    }(context_.get_executor(), pool));
    context_.restart();
  }
}

}  // namespace
}  // namespace taffrail
