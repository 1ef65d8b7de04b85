#include "base/second.hpp"

#include <gtest/gtest.h>

#include <chrono>

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

}  // namespace
}  // namespace taffrail
