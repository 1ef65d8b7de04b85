#include "history/search/histogram.hpp"

#include <chrono>
#include <fmt/format.h>

#include "history/search/search_fixture.hpp"

namespace taffrail::history {
namespace {

using namespace std::chrono_literals;

class HistogramTest : public StoredLogs {
 protected:
  Histogram count(HistogramRequest request) {
    auto histogram = run(count_lines(*store_, workers_, std::move(request)));
    EXPECT_TRUE(histogram) << histogram.error().detail;
    return *histogram;
  }
  /// Holds it against a count of the lines one by one.
  void expect_counts(const Histogram& histogram, const LineQuery& query, const std::string& what) {
    std::vector<LevelTotals> bars(histogram.bars.size());
    LevelTotals total{};
    for (const Line& line : scan(query, false)) {
      const auto bar = static_cast<std::size_t>((line.record.time - histogram.from) / histogram.step);
      ASSERT_GE(line.record.time, histogram.from) << what;
      ASSERT_LT(bar, bars.size()) << what;
      ++bars[bar][static_cast<std::size_t>(line.record.head_level)];
      ++total[static_cast<std::size_t>(line.record.head_level)];
    }
    ASSERT_EQ(histogram.total, total) << what;
    ASSERT_EQ(histogram.bars, bars) << what;
  }
};

TEST_F(HistogramTest, CountsWhatACountOfAllLinesCounts) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    LineMaker make(9000 + seed);
    clear();
    fill(make);
    for (int round = 0; round < 60; ++round) {
      const std::string asked = make.below(2) == 0 ? "" : condition(make);
      HistogramRequest request{.query = query(asked)};
      request.bars = make.below(3) == 0 ? 2 : 2 + make.below(300);
      LineQuery& query = request.query;
      const auto some_time = [&] {
        return Time(Duration(first_time + static_cast<std::int64_t>(make.below(7'200'000'000'000))));
      };
      if (make.below(3) == 0) query.since = some_time();
      if (make.below(3) == 0) query.until = some_time();
      if (make.below(4) == 0) query.levels &= static_cast<std::uint32_t>(make.below(128));
      if (make.below(6) == 0) query.streams = 1U << make.below(2);
      const Histogram histogram = count(request);
      const std::string what =
          fmt::format("seed {} round {} '{}' bars of {} ms", seed, round, asked, histogram.step / 1ms);
      EXPECT_TRUE(histogram.complete) << what;
      EXPECT_LE(histogram.bars.size(), request.bars) << what;
      ASSERT_NO_FATAL_FAILURE(expect_counts(histogram, query, what));
    }
  }
}

TEST_F(HistogramTest, CountsBlocksWithinBarsWithoutReadingThem) {
  LineMaker make(9100);
  LogMaker lines(make);
  for (int i = 0; i < 10; ++i) add(0, lines.next(50), BlockInfo::Kind::templates);
  ASSERT_TRUE(run(store_->write([](store::Transaction& transaction) { return transaction.run("DELETE FROM part"); })));
  HistogramRequest request{.query = query("")};
  request.query.levels &= ~1U;
  request.bars = 2;
  const Histogram histogram = count(request);
  EXPECT_EQ(histogram.damaged_lines, 0U);
  expect_counts(histogram, request.query, "from rows of the catalogue");
}

TEST_F(HistogramTest, SaysHowManyLinesCouldNotBeCounted) {
  LineMaker make(9200);
  LogMaker lines(make);
  const BlockKey key = add(0, lines.next(50), BlockInfo::Kind::plain);
  ASSERT_TRUE(run(store_->write([key](store::Transaction& transaction) {
    return transaction.run("UPDATE part SET bytes = zeroblob(40) WHERE id = ?1", part_key(key, PartOf::plain));
  })));
  HistogramRequest request{.query = query(R"(text contains "e")")};
  EXPECT_EQ(count(request).damaged_lines, 50U);
}

TEST_F(HistogramTest, IsEmptyWhereThereIsNothing) {
  EXPECT_TRUE(count({.query = {}}).bars.empty());
  HistogramRequest request{.query = {}};
  request.query.since = Time(2s);
  request.query.until = Time(1s);
  EXPECT_TRUE(count(request).bars.empty());
}

TEST(BarLength, IsTheShortestRoundOneThatSuffices) {
  const Time from{Duration{first_time}};
  EXPECT_EQ(bar_length(from, from + 100s, 100), Duration(1s));
  EXPECT_EQ(bar_length(from, from + 101s, 100), Duration(2s));
  EXPECT_EQ(bar_length(from + 1ms, from + 100s + 1ms, 100), Duration(2s));
  EXPECT_EQ(bar_length(from, from + 1h, 60), Duration(1min));
  EXPECT_EQ(bar_length(from, from + 24h, 100), Duration(15min));
  EXPECT_EQ(bar_length(from, from + 100ms, 100), Duration(1ms));
  EXPECT_EQ(bar_length(Time(-5s), Time(5s), 10), Duration(1s));
  EXPECT_LE((Time::max() - Time(0s)) / bar_length(Time(0s), Time::max(), 2), 2);
}

}  // namespace
}  // namespace taffrail::history
