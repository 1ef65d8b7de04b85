#include "base/race.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/coroutine_fixture.hpp"
#include "base/signal_flag.hpp"
#include "base/task_group.hpp"
#include "base/timeout.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;

class Races : public Coroutines {
 protected:
  /// A task that never ends by itself, and notes its end.
  static Task<> wait_for_ever(bool& ended) {
    struct Guard {
      bool& flag;
      ~Guard() { flag = true; }
    };
    const Guard guard{ended};
    SignalFlag never(co_await asio::this_coro::executor);
    for (;;) co_await never.wait();
  }
  template <class T>
  static Task<T> give(T value) {
    co_await asio::post(asio::use_awaitable);
    co_return value;
  }
  static Task<> end_soon() { co_await asio::post(asio::use_awaitable); }
  static Task<> break_down(std::string what) {
    co_await asio::post(asio::use_awaitable);
    throw std::runtime_error(what);
  }
  static Task<> break_down_when_cancelled(std::string what) {
    SignalFlag never(co_await asio::this_coro::executor);
    try {
      for (;;) co_await never.wait();
    } catch (const boost::system::system_error&) {
      throw std::runtime_error(what);
    }
  }
  /// What left `task` as an exception; "" if it ended well.
  std::string failure_of(Task<> task) {
    try {
      run(std::move(task));
    } catch (const std::exception& error) {
      return error.what();
    }
    return "";
  }
};

TEST_F(Races, TheFirstToEndGivesItsValueAndTheOthersHaveEndedByThen) {
  run([]() -> Task<> {
    bool ended = false;
    auto number_first = co_await first_of(give(7), wait_for_ever(ended));
    EXPECT_EQ(std::get<0>(number_first), 7);
    EXPECT_TRUE(ended);
    ended = false;
    auto pointer_second = co_await first_of(wait_for_ever(ended), give(std::make_unique<int>(8)));
    EXPECT_EQ(*std::get<1>(pointer_second), 8);
    EXPECT_TRUE(ended);
    ended = false;
    bool other_ended = false;
    auto nothing_last = co_await first_of(wait_for_ever(ended), wait_for_ever(other_ended), end_soon());
    EXPECT_EQ(nothing_last.index(), 2U);
    EXPECT_TRUE(ended && other_ended);
  }());
}

TEST_F(Races, AnExceptionOfOneEndsTheRaceAlsoWhereTheOtherWouldWaitForEver) {
  for (const bool first : {true, false}) {
    bool ended = false;
    const auto task = [](bool breaks_first, bool& other) -> Task<> {
      if (breaks_first)
        co_await first_of(break_down("broken"), wait_for_ever(other));
      else
        co_await first_of(wait_for_ever(other), break_down("broken"));
    };
    EXPECT_EQ(failure_of(task(first, ended)), "broken");
    EXPECT_TRUE(ended);
  }
}

TEST_F(Races, AnExceptionBeforeTheFirstAwaitEndsTheRaceToo) {
  bool ended = false;
  const auto at_once = []() -> Task<int> {
    throw std::runtime_error("at once");
    co_return 1;
  };
  EXPECT_EQ(failure_of([](Task<int> breaks, bool& other) -> Task<> {
              co_await first_of(std::move(breaks), wait_for_ever(other));
            }(at_once(), ended)),
            "at once");
  EXPECT_TRUE(ended);
}

TEST_F(Races, WhereBothThrowTheFirstThatIsNoCancellationCounts) {
  const auto task = [](Task<> a, Task<> b) -> Task<> { co_await first_of(std::move(a), std::move(b)); };
  EXPECT_EQ(failure_of(task(break_down("a"), break_down_when_cancelled("b"))), "a");
  EXPECT_EQ(failure_of(task(break_down_when_cancelled("a"), break_down("b"))), "b");
  const auto aborted = []() -> Task<> {
    co_await asio::post(asio::use_awaitable);
    throw boost::system::system_error(asio::error::operation_aborted);
  };
  EXPECT_EQ(failure_of(task(aborted(), break_down_when_cancelled("a bug"))), "a bug");
}

TEST_F(Races, ABugThatShowsWhileATaskIsCancelledForTheFirstsSakeIsNotLost) {
  const auto task = [](Task<> a, Task<> b) -> Task<> { co_await first_of(std::move(a), std::move(b)); };
  EXPECT_EQ(failure_of(task(end_soon(), break_down_when_cancelled("a bug"))), "a bug");
}

TEST_F(Races, CancelledFromOutsideAllEndAndSoDoesTheOneWhoWaits) {
  std::vector<std::string> reports;
  bool first_ended = false;
  bool second_ended = false;
  bool went_on = false;
  TaskGroup group(context_.get_executor(), [&](std::string_view text) { reports.emplace_back(text); });
  group.spawn("race", [](bool& a, bool& b, bool& beyond) -> Task<> {
    co_await first_of(wait_for_ever(a), wait_for_ever(b));
    beyond = true;
  }(first_ended, second_ended, went_on));
  run([](TaskGroup& tasks) -> Task<> {
    co_await asio::post(asio::use_awaitable);
    tasks.cancel();
    co_await tasks.join();
  }(group));
  EXPECT_TRUE(first_ended && second_ended);
  EXPECT_FALSE(went_on);
  EXPECT_TRUE(reports.empty()) << reports.front();
}

TEST_F(Races, ARaceTellsWhatTheOthersHadReadyAtTheSameMoment) {
  run([]() -> Task<> {
    const auto end = co_await race(give(1), give(2));
    EXPECT_EQ(end.first, 0U);
    EXPECT_EQ(std::get<0>(end.values), 1);
    // Cancelled when both were on their way: it may have come through or not, but nothing else.
    if (const auto& second = std::get<1>(end.values)) EXPECT_EQ(*second, 2);
  }());
}

/// Ready after so many turns of the loop.
Task<Result<int>> ready_after(int turns) {
  for (; turns > 0; --turns) co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  co_return 7;
}

TEST_F(Races, OneThatIsReadyAtOnceOrSoonDoesNotWaitForTheOther) {
  run([]() -> Task<> {
    for (int round = 0; round < 20'000; ++round) {
      const auto begun = std::chrono::steady_clock::now();
      auto end = co_await with_timeout(3s, "a value", ready_after(round % 4));
      EXPECT_EQ(end.value_or(0), 7);
      if (std::chrono::steady_clock::now() - begun > 1s) {
        ADD_FAILURE() << "after " << round % 4 << " turns in round " << round;
        co_return;
      }
    }
  }());
}

TEST_F(Races, RacesStandInRaces) {
  run([]() -> Task<> {
    bool ended[3] = {};
    auto inner = []<class... A>(bool(&flags)[3], Task<A>... more) -> Task<int> {
      auto first = co_await first_of(wait_for_ever(flags[0]), std::move(more)...);
      co_return static_cast<int>(first.index());
    };
    auto outer = co_await first_of(inner(ended, wait_for_ever(ended[1])), wait_for_ever(ended[2]), give(5));
    EXPECT_EQ(std::get<2>(outer), 5);
    EXPECT_TRUE(ended[0] && ended[1] && ended[2]);
  }());
}

}  // namespace
}  // namespace taffrail
