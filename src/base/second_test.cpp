#include "base/second.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/coroutine_fixture.hpp"
#include "base/task_group.hpp"
#include "base/timeout.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;

TEST(Seconds, TheNearestWholeOneIsWaitedFor) {
  struct Case {
    Duration now;
    Duration about;
    Duration until;
  };
  for (const Case& c : {Case{10s, 1s, 11s}, Case{10400ms, 1s, 11s}, Case{10600ms, 1s, 12s}, Case{10999ms, 1s, 12s},
                        Case{10001ms, 2s, 12s}, Case{10700ms, 1900ms, 13s}, Case{10300ms, 15s, 25s}})
    EXPECT_EQ(whole_second(SteadyTime(c.now), c.about), SteadyTime(c.until)) << c.now.count() << ' ' << c.about.count();
}

using SecondsWaited = Coroutines;

TEST_F(SecondsWaited, WhoBeginsAtDifferentMomentsWakesUpAtTheSame) {
  std::vector<SteadyTime> woken;
  run([](Executor executor, std::vector<SteadyTime>& at) -> Task<> {
    TaskGroup tasks(executor, [](std::string_view what) { ADD_FAILURE() << what; });
    for (const Duration late : {0ms, 70ms, 140ms})
      tasks.spawn("waits", [](Duration after, std::vector<SteadyTime>& all) -> Task<> {
        co_await sleep_for(after);
        co_await sleep_to_second(1s);
        all.push_back(std::chrono::steady_clock::now());
      }(late, at));
    co_await tasks.join();
  }(context_.get_executor(), woken));
  ASSERT_EQ(woken.size(), 3U);
  // Of three moments within 140 ms at most two seconds are nearest.
  const auto second = [](SteadyTime time) { return std::chrono::floor<std::chrono::seconds>(time); };
  EXPECT_TRUE(second(woken[0]) == second(woken[1]) || second(woken[1]) == second(woken[2]));
  EXPECT_LE(second(woken[2]) - second(woken[0]), 1s);
}

}  // namespace
}  // namespace taffrail
