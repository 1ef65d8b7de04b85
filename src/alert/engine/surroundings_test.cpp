#include "alert/engine/surroundings.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace taffrail::alert {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

/// The lines "line FIRST" to "line LAST", whose numbers are their seqs.
Batch batch(Seq first, Seq last) {
  Batch made;
  made.container = ContainerId(HostId("h"), "c");
  for (Seq seq = first; seq <= last; ++seq) {
    made.append(Time(std::chrono::seconds(seq)), text::StdStream::out, "line " + std::to_string(seq), false);
    made.records.back().seq = seq;
  }
  return made;
}

std::map<AlertId, Texts> texts(const Surroundings::Found& found) {
  std::map<AlertId, Texts> all;
  for (const KeptLine& kept : found.lines) all[kept.alert].push_back(kept.line.text);
  return all;
}

Texts lines(Seq first, Seq last) {
  Texts all;
  for (Seq seq = first; seq <= last; ++seq) all.push_back("line " + std::to_string(seq));
  return all;
}

const SteadyTime now{1h};

TEST(Surroundings, AreTenLinesOnEachSideWhereverBatchesEnd) {
  Surroundings around;
  EXPECT_TRUE(around.take(batch(1, 8)).lines.empty());
  EXPECT_TRUE(around.take(batch(9, 12)).lines.empty());
  around.begin(1, 14, now);
  const auto first = around.take(batch(13, 16));
  EXPECT_EQ(texts(first).at(1), lines(4, 16));
  EXPECT_TRUE(first.missing.empty());
  EXPECT_TRUE(around.is_awaited());
  EXPECT_EQ(texts(around.take(batch(17, 17))).at(1), lines(17, 17));
  EXPECT_EQ(texts(around.take(batch(18, 40))).at(1), lines(18, 24));
  EXPECT_FALSE(around.is_awaited());
  EXPECT_TRUE(around.take(batch(41, 50)).lines.empty());
}

TEST(Surroundings, SayWhatStoodBeforeTheFirstLineThatWasRead) {
  Surroundings around;
  (void)around.take(batch(100, 101));
  around.begin(1, 103, now);
  around.begin(2, 104, now);
  const auto found = around.take(batch(102, 104));
  EXPECT_EQ(texts(found), (std::map<AlertId, Texts>{{1, lines(100, 104)}, {2, lines(100, 104)}}));
  ASSERT_EQ(found.missing.size(), 2U);
  EXPECT_EQ(found.missing[0].lines, 7U);
  EXPECT_EQ(found.missing[1].lines, 6U);
  for (const auto& missing : found.missing) {
    EXPECT_EQ(missing.before.seq, 100U);
    EXPECT_EQ(missing.before.time, Time(100s));
    EXPECT_EQ(missing.before.container, ContainerId(HostId("h"), "c"));
  }
}

TEST(Surroundings, AreBoundedInBytesAndInAStorm) {
  Surroundings around;
  Batch long_lines = batch(1, 0);
  for (Seq seq = 1; seq <= 41; ++seq) {
    long_lines.append(Time(std::chrono::seconds(seq)), text::StdStream::out, "\x1b[31m" + std::string(100'000, 'x'),
                      false);
    long_lines.records.back().seq = seq;
  }
  around.begin(1, 20, now);
  const auto found = around.take(long_lines);
  ASSERT_EQ(found.lines.size(), 21U);
  std::size_t bytes = 0;
  for (const KeptLine& kept : found.lines) {
    bytes += kept.line.text.size();
    EXPECT_TRUE(kept.line.truncated);
    EXPECT_FALSE(kept.line.text.contains('\x1b'));
  }
  EXPECT_LT(bytes, 64UZ * 1024);

  Surroundings storm;
  std::size_t kept = 0;
  constexpr Seq many = 10'000;
  for (Seq seq = 1; seq <= many; ++seq) {
    storm.begin(static_cast<AlertId>(seq), seq, now);
    kept += storm.take(batch(seq, seq)).lines.size();
  }
  EXPECT_LE(kept, Surroundings::most_a_minute * (2 * Surroundings::around + 1));
  EXPECT_FALSE(storm.is_awaited());
  storm.begin(many + 1, many + 1, now + 1min);
  EXPECT_EQ(texts(storm.take(batch(many + 1, many + 1))).at(many + 1).size(), 11U);
}

TEST(Surroundings, OfALineThatWasNotGivenAreOnlyThoseBefore) {
  Surroundings around;
  (void)around.take(batch(1, 5));
  around.begin(1, 7, now);  // between batches
  EXPECT_EQ(texts(around.take(batch(8, 9))).at(1),
            (Texts{"line 1", "line 2", "line 3", "line 4", "line 5", "line 8", "line 9"}));
}

}  // namespace
}  // namespace taffrail::alert
