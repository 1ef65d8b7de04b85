#include "source/docker/event_memory.hpp"

#include <gtest/gtest.h>

#include <string>

namespace taffrail::docker {
namespace {

using namespace std::chrono_literals;

const Time now(1'795'252'205s);

TEST(EventMemory, KnowsAnEventByItsBytesAndNotByItsTime) {
  EventMemory memory;
  EXPECT_FALSE(memory.resume_from().has_value());
  EXPECT_TRUE(memory.note(now - 2s, "a", now));
  EXPECT_TRUE(memory.note(now - 2s, "b", now));
  EXPECT_FALSE(memory.note(now - 2s, "a", now));
  EXPECT_TRUE(memory.note(now - 3s, "c", now)) << "late, but new";
  EXPECT_EQ(memory.resume_from(), now - 2s);
}

TEST(EventMemory, ResumesFromNoTimeInTheFutureNorBeforeAll) {
  EventMemory memory;
  EXPECT_TRUE(memory.note(Time(std::chrono::nanoseconds(std::numeric_limits<std::int64_t>::max())), "2262", now));
  EXPECT_TRUE(memory.note(Time{}, "1970", now));
  EXPECT_FALSE(memory.resume_from().has_value());
  EXPECT_TRUE(memory.note(now - 1h, "a", now));
  EXPECT_EQ(memory.resume_from(), now - 1h);
  // A clock that is a little ahead of ours is in order.
  EXPECT_TRUE(memory.note(now + 30s, "b", now));
  EXPECT_EQ(memory.resume_from(), now + 30s);
  EXPECT_TRUE(memory.note(now + 2min, "c", now));
  EXPECT_EQ(memory.resume_from(), now + 30s);
}

TEST(EventMemory, RemembersTheLastOnesAndNoMore) {
  EventMemory memory;
  for (std::size_t i = 0; i < 3 * EventMemory::most; ++i) EXPECT_TRUE(memory.note(now, std::to_string(i), now));
  for (std::size_t i = 2 * EventMemory::most; i < 3 * EventMemory::most; ++i)
    EXPECT_FALSE(memory.note(now, std::to_string(i), now)) << i;
  EXPECT_TRUE(memory.note(now, "0", now)) << "forgotten";
}

}  // namespace
}  // namespace taffrail::docker
