#include "base/owner_watch.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "base/coroutine_fixture.hpp"
#include "base/task_group.hpp"
#include "base/timeout.hpp"

namespace taffrail {

// Not in the unnamed namespace: its name is what the report is looked through for.
/// Holds the thread up until it has been away for `duration`.
[[gnu::noinline]] void hold_up_the_owner_for(Duration duration) {
  const auto until = std::chrono::steady_clock::now() + duration;
  while (std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

namespace {

using namespace std::chrono_literals;

class OwnerWatches : public Coroutines {
 protected:
  static constexpr OwnerWatch::Options quick{.busy_beat = 1ms, .idle_beat = 1ms, .stall = 30ms, .between_reports = 1h};
  /// Watches while `body` runs.
  void watch(Task<> body, OwnerWatch& watch) {
    run([](OwnerWatch& owner, Executor executor, Task<> task) -> Task<> {
      TaskGroup tasks(executor, [](std::string_view what) { ADD_FAILURE() << what; });
      tasks.spawn("owner watch", owner.run());
      co_await std::move(task);
      tasks.cancel();
      co_await tasks.join();
    }(watch, context_.get_executor(), std::move(body)));
  }
  WorkerPool workers_{1};
};

std::uint64_t count_of(const LagHistogram& histogram) {
  return std::accumulate(histogram.counts().begin(), histogram.counts().end(), std::uint64_t{0});
}

TEST(LagHistograms, CountByLengthAndKeepTheLongest) {
  LagHistogram histogram;
  histogram.add(0ns);
  histogram.add(500us);  // a bound belongs to its bucket
  histogram.add(501us);
  histogram.add(59s, 3);
  histogram.add(2h);
  EXPECT_EQ(histogram.counts().front(), 2U);
  EXPECT_EQ(histogram.counts().at(1), 1U);
  EXPECT_EQ(histogram.counts().at(LagHistogram::bounds.size() - 1), 3U);
  EXPECT_EQ(histogram.counts().back(), 1U);
  EXPECT_EQ(histogram.longest(), 2h);
  EXPECT_NEAR(histogram.sum_seconds(), 0.001001 + 3 * 59 + 7200, 1e-6);
}

TEST_F(OwnerWatches, WhatHeldTheOwnerUpIsNamedWithHowLongItWas) {
  std::vector<std::string> reports;
  OwnerWatch owner(workers_, [&](std::string_view what) { reports.emplace_back(what); }, quick);
  watch(
      [](OwnerWatch& watched, const std::vector<std::string>& told) -> Task<> {
        while (count_of(watched.histogram()) == 0) co_await sleep_for(1ms);
        hold_up_the_owner_for(120ms);
        while (told.empty()) co_await sleep_for(1ms);
      }(owner, reports),
      owner);
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_NE(reports[0].find("hold_up_the_owner_for"), std::string::npos) << reports[0];
  EXPECT_EQ(reports[0].find("note_stack"), std::string::npos) << reports[0];
  EXPECT_EQ(reports[0].find("boost::asio::detail"), std::string::npos) << reports[0];
  EXPECT_GE(owner.histogram().longest(), 110ms);
  EXPECT_GE(owner.stalls(), 1U);
}

TEST_F(OwnerWatches, BeatsThatALateOneKeptFromComingCountToo) {
  OwnerWatch owner(workers_, [](std::string_view) {}, quick);
  watch(
      [](OwnerWatch& watched) -> Task<> {
        while (count_of(watched.histogram()) == 0) co_await sleep_for(1ms);
        hold_up_the_owner_for(120ms);
        while (watched.stalls() == 0) co_await sleep_for(1ms);
      }(owner),
      owner);
  // One that waited for up to 120 ms for each millisecond of it: half of them for over 60 ms.
  std::uint64_t over_50ms = 0;
  for (std::size_t i = 0; i < LagHistogram::bounds.size(); ++i)
    if (LagHistogram::bounds.at(i) > 0.05) over_50ms += owner.histogram().counts().at(i);
  EXPECT_GE(over_50ms, 55U);
}

TEST_F(OwnerWatches, UnderSteadyOverloadOneReportTellsOfAll) {
  std::vector<std::string> reports;
  OwnerWatch owner(workers_, [&](std::string_view what) { reports.emplace_back(what); }, quick);
  watch(
      [](OwnerWatch& watched) -> Task<> {
        while (watched.stalls() < 5) {
          hold_up_the_owner_for(40ms);
          co_await sleep_for(2ms);
        }
      }(owner),
      owner);
  EXPECT_EQ(reports.size(), 1U);
}

}  // namespace
}  // namespace taffrail
