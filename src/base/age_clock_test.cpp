#include "base/age_clock.hpp"

#include <gtest/gtest.h>

#include "base/manual_clock.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;

constexpr Duration year = 365 * 24h;

class AgeClockTest : public testing::Test {
 public:
  /// Lets time pass for somebody who looks every ten minutes. @return how far the clock is ahead of `age` then
  Duration behind_after(AgeClock& age, Duration passing) {
    for (Duration passed{}; passed < passing; passed += 10min) {
      clock_.advance(10min);
      age.now();
    }
    return clock_.now() - age.now();
  }

  ManualClock clock_{Time(std::chrono::seconds(1'790'000'000))};
};

TEST_F(AgeClockTest, FollowsADisciplinedClockAnHourAfterAMachineWasOff) {
  clock_.set_disciplined(true);
  AgeClock age(clock_, clock_.now() - 72h);
  EXPECT_TRUE(age.waits());
  EXPECT_EQ(behind_after(age, 50min), 72h) << "a time server may be wrong for a moment";
  EXPECT_EQ(behind_after(age, 10min), 0h);
  EXPECT_FALSE(age.waits());
}

TEST_F(AgeClockTest, FollowsAClockThatNobodyDisciplinesADayLater) {
  AgeClock age(clock_, clock_.now() - 72h);
  EXPECT_EQ(behind_after(age, 23h), 72h);
  EXPECT_EQ(behind_after(age, 1h), 0h);
}

TEST_F(AgeClockTest, CountsTheHourFromWhenItIsDisciplined) {
  AgeClock age(clock_, clock_.now() - 72h);
  EXPECT_EQ(behind_after(age, 3h), 72h) << "the daemon has no network yet";
  clock_.set_disciplined(true);
  EXPECT_EQ(behind_after(age, 50min), 72h);
  clock_.set_disciplined(false);
  EXPECT_EQ(behind_after(age, 10min), 72h);
  clock_.set_disciplined(true);
  EXPECT_EQ(behind_after(age, 50min), 72h);
  EXPECT_EQ(behind_after(age, 10min), 0h);
}

TEST_F(AgeClockTest, NeverGoesAheadWithAYearThatIsTakenBack) {
  for (const bool disciplined : {false, true}) {
    AgeClock age(clock_, clock_.now());
    clock_.set_disciplined(disciplined);
    clock_.set_ahead(year);
    EXPECT_EQ(behind_after(age, disciplined ? 50min : 20h), year);
    clock_.set_ahead(-year);
    EXPECT_EQ(behind_after(age, 48h), 0h);
    EXPECT_FALSE(age.waits());
  }
}

TEST_F(AgeClockTest, BeginsToWaitAnewWhereTheClockJumpsFurther) {
  AgeClock age(clock_, clock_.now());
  clock_.set_ahead(24h);
  EXPECT_EQ(behind_after(age, 23h), 24h);
  clock_.set_ahead(year);
  EXPECT_EQ(behind_after(age, 23h), 24h + year);
  EXPECT_EQ(behind_after(age, 2h), 0h);
}

TEST_F(AgeClockTest, GoesBackAtOnceAndFromThereToWhereItWas) {
  AgeClock age(clock_, clock_.now());
  clock_.set_ahead(-year);
  EXPECT_EQ(behind_after(age, 10min), 0h);
  clock_.set_ahead(year);
  EXPECT_EQ(behind_after(age, 10min), 0h);
}

}  // namespace
}  // namespace taffrail
