#include "history/search/turn_clock.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace taffrail::history {
namespace {

using namespace std::chrono_literals;

TEST(TurnClock, IsOverOnceItsThreadHasRunSoLong) {
  TurnClock turn(200ms);
  std::this_thread::sleep_for(250ms);
  EXPECT_FALSE(turn.over());
  while (!turn.over()) continue;
  EXPECT_TRUE(turn.over());
}

}  // namespace
}  // namespace taffrail::history
