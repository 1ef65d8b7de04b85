#include "source/sequencer.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace taffrail {
namespace {

using namespace std::chrono_literals;

const Time start = Time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 21)) + 9h;

TEST(Sequencer, RisesStrictlyWhereTimesAreEqualOrGoBack) {
  Sequencer sequencer;
  Seq last = 0;
  for (const Time time : {start, start, start - 5us, start + 1us}) {
    const Seq seq = sequencer.next(time).seq;
    EXPECT_GT(seq, last);
    last = seq;
  }
}

TEST(Sequencer, GivesTheSameNumbersWhereverAReaderStarts) {
  // Bursts of up to 20 lines of one time: a reader that starts anywhere and warms up agrees with one from the start.
  std::vector<Time> times;
  Time now = start;
  for (int burst = 0; burst < 100; ++burst) {
    now += 3us * (burst % 7 + 1);
    for (int line = 0; line < burst % 20 + 1; ++line) times.push_back(now);
  }
  std::vector<Seq> all;
  all.reserve(times.size());
  Sequencer whole;
  for (const Time time : times) all.push_back(whole.next(time).seq);
  for (size_t from = 0; from < times.size(); from += 13) {
    Sequencer late;
    const size_t warm = from < Sequencer::warm_up_lines ? 0 : from - Sequencer::warm_up_lines;
    for (size_t i = warm; i < times.size(); ++i) {
      const Seq seq = late.next(times[i]).seq;
      if (i >= from) {
        EXPECT_EQ(seq, all[i]) << "from " << from << " at " << i;
      }
    }
  }
}

TEST(Sequencer, StaysExactInAJavaScriptNumberUntil2055) {
  Sequencer sequencer;
  EXPECT_LT(sequencer.next(Time(std::chrono::sys_days(std::chrono::year(2055) / 1 / 1))).seq, Seq{1} << 53);
}

}  // namespace
}  // namespace taffrail
