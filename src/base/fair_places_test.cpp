#include "base/fair_places.hpp"

#include <gtest/gtest.h>

#include <boost/asio/this_coro.hpp>
#include <string>
#include <vector>

#include "base/coroutine_fixture.hpp"
#include "base/task_group.hpp"
#include "base/timeout.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;

class FairPlacesTest : public Coroutines {
 public:
  /// Takes the next place, writes down who has it, and gives it back.
  Task<> come(char name, const FairPlaces::Asker* asker) {
    const bool taken = co_await places_.take(asker);
    order_ += taken ? name : '-';
    if (taken) places_.give_back();
  }
  void spawn(char name, const FairPlaces::Asker* asker = nullptr) { tasks_.spawn("asker", come(name, asker)); }

  FairPlaces places_{context_.get_executor(), 1};
  TaskGroup tasks_{context_.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; }};
  std::string order_;
};

TEST_F(FairPlacesTest, TheNextGoesToWhoHasHadThemForTheLeastTime) {
  const FairPlaces::Asker much{.had = 1s};
  const FairPlaces::Asker little{.had = 1ms};
  run([](FairPlacesTest& test, const FairPlaces::Asker* m, const FairPlaces::Asker* l) -> Task<> {
    const bool taken = co_await test.places_.take(nullptr);
    EXPECT_TRUE(taken);
    test.spawn('m', m);
    test.spawn('l', l);
    test.spawn('n');
    test.spawn('N');
    co_await sleep_for(1ms);
    EXPECT_EQ(test.order_, "") << "there is one place";
    test.places_.give_back();
    co_await test.tasks_.join();
  }(*this, &much, &little));
  // Equals as they came; the fourth is who has waited longest.
  EXPECT_EQ(order_, "nNlm");
}

TEST_F(FairPlacesTest, EveryFourthGoesToWhoHasWaitedLongest) {
  const FairPlaces::Asker much{.had = 1s};
  run([](FairPlacesTest& test, const FairPlaces::Asker* m) -> Task<> {
    const bool taken = co_await test.places_.take(nullptr);
    EXPECT_TRUE(taken);
    test.spawn('m', m);
    for (int i = 0; i < 9; ++i) test.spawn('n');
    co_await sleep_for(1ms);
    test.places_.give_back();
    co_await test.tasks_.join();
  }(*this, &much));
  EXPECT_EQ(order_, "nnnmnnnnnn");
}

TEST_F(FairPlacesTest, WhoLeavesWhileWaitingOrWhenCalledLeavesThePlaceToOthers) {
  run([](FairPlacesTest& test) -> Task<> {
    const bool taken = co_await test.places_.take(nullptr);
    EXPECT_TRUE(taken);
    TaskGroup leaving(co_await asio::this_coro::executor, [](std::string_view what) { ADD_FAILURE() << what; });
    leaving.spawn("waits", test.come('w', nullptr));
    leaving.spawn("is called", test.come('c', nullptr));
    test.spawn('n');
    co_await sleep_for(1ms);
    test.places_.give_back();  // one is called, and hears of both at once
    leaving.cancel();
    co_await leaving.join();
    co_await test.tasks_.join();
    EXPECT_EQ(test.order_.back(), 'n');
    const bool again = co_await test.places_.take(nullptr);
    EXPECT_TRUE(again);
  }(*this));
}

TEST_F(FairPlacesTest, WhoWaitsIsToldWhenThereWillBeNoneAnyMore) {
  run([](FairPlacesTest& test) -> Task<> {
    const bool taken = co_await test.places_.take(nullptr);
    EXPECT_TRUE(taken);
    test.spawn('a');
    co_await sleep_for(1ms);
    test.places_.close();
    co_await test.tasks_.join();
    test.places_.give_back();
    const bool later = co_await test.places_.take(nullptr);
    EXPECT_FALSE(later);
  }(*this));
  EXPECT_EQ(order_, "-");
}

}  // namespace
}  // namespace taffrail
