#include <gtest/gtest.h>

#include <boost/asio/multiple_exceptions.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

#include "base/ascii.hpp"
#include "base/backoff.hpp"
#include "base/bounded_queue.hpp"
#include "base/byte_size.hpp"
#include "base/coroutine_fixture.hpp"
#include "base/descriptor_reserve.hpp"
#include "base/made_once.hpp"
#include "base/result.hpp"
#include "base/ring.hpp"
#include "base/signal_flag.hpp"
#include "base/subscription.hpp"
#include "base/task_group.hpp"
#include "base/time_format.hpp"
#include "base/timeout.hpp"
#include "base/turn.hpp"
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
  EXPECT_EQ(to_rfc3339(Time(-1ns)), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(to_rfc3339(Time::min()), "1677-09-21T00:12:43.145224192Z");
  EXPECT_EQ(to_rfc3339(Time::max()), "2262-04-11T23:47:16.854775807Z");
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

TEST(TimeFormat, WritesDurationsAsTheyAreRead) {
  EXPECT_EQ(to_duration_text(0s), "0s");
  EXPECT_EQ(to_duration_text(5min), "5m");
  EXPECT_EQ(to_duration_text(90min), "1h30m");
  EXPECT_EQ(to_duration_text(1500ms), "1s500ms");
  EXPECT_EQ(to_duration_text(24h * 30), "30d");
  for (const Duration each : {Duration(1), Duration(1001), Duration(60'000'000'001), Duration(86'399'999'999'999)})
    EXPECT_EQ(parse_duration(to_duration_text(each)).value(), each);
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

TEST(ByteSizes, AreReadInPowersOf1024AndRefusedWhereTheyCouldMeanSomethingElse) {
  struct Case {
    const char* text;
    std::optional<std::uint64_t> bytes;
  };
  const Case cases[] = {
      {"0", 0},
      {"1000", 1000},
      {"1KiB", 1024},
      {"192MiB", 192UL << 20U},
      {"1GiB", 1UL << 30U},
      {"16777215TiB", 16777215UL << 40U},
      {"16777216TiB", std::nullopt},  // 2^64
      {"18446744073709551616", std::nullopt},
      {"1G", std::nullopt},
      {"1MB", std::nullopt},
      {"1 MiB", std::nullopt},
      {"1.5GiB", std::nullopt},
      {"-1", std::nullopt},
      {"MiB", std::nullopt},
      {"", std::nullopt},
  };
  for (const Case& c : cases) {
    const auto bytes = parse_byte_size(c.text);
    EXPECT_EQ(bytes.has_value(), c.bytes.has_value()) << c.text;
    if (!bytes || !c.bytes) continue;
    EXPECT_EQ(*bytes, *c.bytes) << c.text;
    EXPECT_EQ(to_byte_size(*bytes), c.text);
  }
}

TEST(Errors, AProcessWithoutDescriptorsSaysNothingAboutWhatItAskedFor) {
  for (const int shortage : {EMFILE, ENFILE, ENOMEM, ENOBUFS})
    EXPECT_EQ(system_error("open /sys/fs/cgroup/x", shortage).code, ErrorCode::unavailable) << shortage;
  EXPECT_EQ(system_error("open /sys/fs/cgroup/x", ENOENT).code, ErrorCode::not_found);
}

TEST(DescriptorReserves, GiveOneDescriptorUpAndTakeItBack) {
  DescriptorReserve reserve;
  const int next = ::dup(0);
  ::close(next);
  ASSERT_TRUE(reserve.give_up());
  EXPECT_FALSE(reserve.give_up()) << "there was only one";
  const int freed = ::dup(0);
  EXPECT_LT(freed, next) << "that one is to be had now";
  ::close(freed);
  EXPECT_TRUE(reserve.take());
  EXPECT_TRUE(reserve.take());
  const int again = ::dup(0);
  EXPECT_EQ(again, next) << "and held again, once";
  ::close(again);
}

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
  // As Asio has it where several tasks that were awaited together throw together, perhaps nested.
  const auto both = [](bool broken) -> Task<> {
    SignalFlag never(co_await asio::this_coro::executor);
    std::exception_ptr cause;
    try {
      for (;;) co_await never.wait();
    } catch (const boost::system::system_error&) {
      cause = std::current_exception();
    }
    if (broken) cause = std::make_exception_ptr(7);
    throw asio::multiple_exceptions(std::make_exception_ptr(asio::multiple_exceptions(cause)));
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

TEST_F(Coroutines, ALongLoopLetsOthersHaveTheirTurnOnceItsOwnIsOver) {
  run([](asio::io_context& context) -> Task<> {
    TaskGroup others(context.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; });
    int turns_of_other = 0;
    others.spawn("other", [](int& turns) -> Task<> {
      for (;;) {
        co_await asio::post(asio::use_awaitable);
        ++turns;
      }
    }(turns_of_other));
    Turn endless(1h);
    for (int i = 0; i < 1000; ++i) co_await yield_if_due(endless);
    EXPECT_EQ(turns_of_other, 0) << "a turn that is not over is not given away";
    Turn over(0ns);
    for (int i = 0; i < 100; ++i) co_await yield_if_due(over);
    EXPECT_GE(turns_of_other, 99);
    EXPECT_LE(turns_of_other, 101);
    others.cancel();
    co_await others.join();
  }(context_));
}

TEST_F(Coroutines, ATaskThatIsCancelledWhileOthersHaveTheirTurnEnds) {
  TaskGroup group(context_.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; });
  group.spawn("endless loop", []() -> Task<> {
    Turn turn(0ns);
    for (;;) co_await yield_if_due(turn);
  }());
  run([](TaskGroup& tasks) -> Task<> {
    co_await sleep_for(1ms);
    tasks.cancel();
    co_await tasks.join();
  }(group));
}

TEST_F(Coroutines, AValueIsMadeOnceForAllWhoAskMeanwhileAndByTheNextWhenItsMakerLeaves) {
  run([](asio::io_context& context) -> Task<> {
    MadeOnce<int> once(context.get_executor());
    SignalFlag go_on(context.get_executor());
    int begun = 0;
    bool may_end = false;
    const auto make = [&]() -> Task<int> {
      const int number = ++begun;
      while (!may_end) co_await go_on.wait();
      co_return number;
    };
    std::vector<int> got;
    const auto ask = [&]() -> Task<> {
      const int* value = co_await once.get(make);
      got.push_back(*value);
    };
    const TaskGroup::Report report = [](std::string_view what) { ADD_FAILURE() << what; };
    TaskGroup first(context.get_executor(), report);
    TaskGroup others(context.get_executor(), report);
    first.spawn("first", ask());
    for (int i = 0; i < 3; ++i) others.spawn("other", ask());
    co_await sleep_for(1ms);
    EXPECT_EQ(begun, 1);
    first.cancel();  // who makes it goes
    co_await first.join();
    while (begun < 2) co_await sleep_for(1ms);
    may_end = true;
    go_on.notify();
    co_await others.join();
    EXPECT_EQ(begun, 2);
    EXPECT_EQ(got, (std::vector<int>{2, 2, 2}));
  }(context_));
}

TEST(Subscription, EndsWithItsLifeAndMayOutliveWhatItListensTo) {
  auto observers = std::make_unique<Observers<std::function<void(int)>>>();
  int heard = 0;
  const auto listen = [&heard](int by) { heard += by; };
  Subscription kept = observers->add(listen);
  {
    Subscription moved = observers->add(listen);
    Subscription holder = std::move(moved);
    moved = observers->add(listen);
    moved = Subscription();  // ends it
    observers->each([](const auto& tell) { tell(1); });
    EXPECT_EQ(heard, 2);
  }
  EXPECT_EQ(observers->size(), 1U);
  // Who comes while others are told hears only what is told from then on.
  Subscription late;
  const Subscription adds = observers->add([&](int) { late = observers->add(listen); });
  observers->each([](const auto& tell) { tell(10); });
  EXPECT_EQ(heard, 12);
  observers.reset();
  kept.reset();
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
  }
}

}  // namespace
}  // namespace taffrail
