#include "history/roll_up.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <random>

namespace taffrail::history {
namespace {

using namespace std::chrono_literals;

std::vector<Record> records_over(Duration span, std::size_t count, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<Record> records(count);
  for (Record& record : records) {
    record.time =
        Time(std::chrono::seconds(1'790'000'000)) + Duration(random() % static_cast<std::uint64_t>(span.count()));
    record.head_level = static_cast<text::Level>(random() % text::level_count);
  }
  return records;
}

TEST(RollUp, CountsEachLineInItsStepWhateverTheSpan) {
  for (const Duration span : {Duration(1ns), Duration(200s), Duration(40min), Duration(5h), Duration(48h),
                              Duration(24h * 30), Duration(24h * 365), Duration(24h * 365 * 20)}) {
    const std::vector<Record> records = records_over(span, 3000, 7);
    const RollUp made = RollUp::of(records);
    EXPECT_LE(made.entries.size(), RollUp::max_entries);
    std::map<std::int64_t, LevelCounts> expected;
    for (const Record& record : records)
      ++expected[record.time.time_since_epoch() / made.length][static_cast<std::size_t>(record.head_level)];
    ASSERT_EQ(made.entries.size(), expected.size());
    for (const RollUp::Entry& entry : made.entries) EXPECT_EQ(entry.counts, expected[entry.step]);
    const auto again = RollUp::decode(made.encode());
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->length, made.length);
    ASSERT_EQ(again->entries.size(), made.entries.size());
    for (std::size_t i = 0; i < made.entries.size(); ++i) {
      EXPECT_EQ(again->entries[i].step, made.entries[i].step);
      EXPECT_EQ(again->entries[i].counts, made.entries[i].counts);
    }
  }
}

TEST(RollUp, TakesTimesBefore1970AndOfAllAges) {
  std::vector<Record> records(3);
  records[0].time = Time(-1ns);
  records[1].time = Time::min();
  records[2].time = Time::max();
  const RollUp made = RollUp::of(records);
  std::uint32_t lines = 0;
  for (const RollUp::Entry& entry : made.entries)
    for (const std::uint32_t count : entry.counts) lines += count;
  EXPECT_EQ(lines, 3U);
  EXPECT_TRUE(RollUp::decode(made.encode()).has_value());
  records.resize(1);
  EXPECT_EQ(RollUp::of(records).entries.front().step, -1);
}

TEST(RollUp, RefusesWhatWasNotMade) {
  const std::string good = RollUp::of(records_over(1h, 100, 3)).encode();
  for (std::size_t size = 0; size + 1 < good.size(); ++size) {
    // A cut may fall between two steps; then it is a roll-up of fewer.
    if (const auto cut = RollUp::decode(std::string_view(good).substr(0, size))) EXPECT_LT(cut->entries.size(), 100U);
  }
  EXPECT_FALSE(RollUp::decode("").has_value());
  EXPECT_FALSE(RollUp::decode("\x07").has_value()) << "no such length";
  EXPECT_FALSE(RollUp::decode(std::string("\x00\x02\x01\x05\x00\x01\x05", 7)).has_value()) << "the same step twice";
  std::mt19937 random(5);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = good;
    bytes[random() % bytes.size()] = static_cast<char>(random());
    if (const auto read = RollUp::decode(bytes)) EXPECT_LE(read->entries.size(), RollUp::max_entries);
  }
}

}  // namespace
}  // namespace taffrail::history
