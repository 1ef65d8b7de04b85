#include "history/search/history_search.hpp"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <fmt/format.h>
#include <set>

#include "base/race.hpp"
#include "history/search/block_plan.hpp"
#include "history/search/search_fixture.hpp"

namespace taffrail::history {
namespace {

using namespace std::chrono_literals;

class HistorySearchTest : public StoredLogs {
 protected:
  void expect_lines(const std::vector<Line>& found, const std::vector<Line>& wanted, const std::string& what) {
    ASSERT_EQ(found.size(), wanted.size()) << what;
    for (std::size_t i = 0; i < found.size(); ++i) {
      ASSERT_EQ(found[i].container, wanted[i].container) << what << " at " << i;
      ASSERT_EQ(found[i].record.place(), wanted[i].record.place()) << what << " at " << i;
      ASSERT_EQ(found[i].record.time, wanted[i].record.time) << what << " at " << i;
      ASSERT_EQ(found[i].record.head_level, wanted[i].record.head_level) << what << " at " << i;
      ASSERT_EQ(found[i].record.stream, wanted[i].record.stream) << what << " at " << i;
      ASSERT_EQ(found[i].text, wanted[i].text) << what << " at " << i;
    }
  }
};

TEST_F(HistorySearchTest, FindsWhatAScanOfAllLinesFinds) {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    LineMaker make(7000 + seed);
    clear();
    fill(make);
    for (int round = 0; round < 60; ++round) {
      const std::string asked = condition(make);
      SearchRequest request{.query = query(asked), .descending = make.below(2) == 0};
      LineQuery& query = request.query;
      if (make.below(4) == 0)
        query.since = Time(Duration(first_time + static_cast<std::int64_t>(make.below(7'200'000'000'000))));
      if (make.below(4) == 0)
        query.until = Time(Duration(first_time + static_cast<std::int64_t>(make.below(7'200'000'000'000))));
      if (make.below(5) == 0) query.levels &= static_cast<std::uint32_t>(make.below(128));
      if (make.below(5) == 0) query.streams = 1U << make.below(2);
      if (make.below(5) == 0)
        query.logs.erase(query.logs.begin() + static_cast<std::ptrdiff_t>(make.below(query.logs.size())));
      const std::vector<Line> wanted = scan(query, request.descending);
      const std::string what =
          fmt::format("seed {} round {} {} '{}'", seed, round, request.descending ? "desc" : "asc", asked);
      request.limit = HistorySearch::max_limit;
      Found found = search(request);
      EXPECT_FALSE(found.end.truncated) << what;
      ASSERT_NO_FATAL_FAILURE(expect_lines(found.lines, wanted, what));
      request.limit = 1 + make.below(wanted.size() < 20 ? 5 : 40);
      ASSERT_NO_FATAL_FAILURE(expect_lines(search_on(request).lines, wanted, what + " by pages"));
      // From any line on.
      if (wanted.empty()) continue;
      const std::size_t at = make.below(wanted.size());
      request.cursor = Cursor::of(wanted[at].record, wanted[at].container);
      ASSERT_NO_FATAL_FAILURE(
          expect_lines(search_on(request).lines,
                       std::vector<Line>(wanted.begin() + static_cast<std::ptrdiff_t>(at) + 1, wanted.end()),
                       what + " from a line on"));
    }
  }
}

TEST_F(HistorySearchTest, GoesOnFromWhereItsTimeWasUp) {
  LineMaker make(8000);
  fill(make);
  for (const bool descending : {true, false}) {
    SearchRequest request{.query = query(R"(text contains "e")"), .descending = descending};
    const std::vector<Line> wanted = scan(request.query, descending);
    request.limit = HistorySearch::max_limit;
    // A turn each: of two workers, so some blocks.
    request.most_time = Duration(0);
    ASSERT_NO_FATAL_FAILURE(expect_lines(search_on(request).lines, wanted, "a turn each"));
    request.most_time = 10s;
    request.most_bytes = 1;
    ASSERT_NO_FATAL_FAILURE(expect_lines(search_on(request).lines, wanted, "by bytes"));
  }
}

/// The part of a block with some bytes other than they were.
auto damage(BlockKey block, PartOf part) {
  return [block, part](store::Transaction& transaction) {
    return transaction.run(
        "UPDATE part SET bytes = CAST(substr(bytes, 1, length(bytes) - 9) || x'00ff00ff00ff00ff00' AS BLOB) "
        "WHERE id = ?1",
        part_key(block, part));
  };
}

TEST_F(HistorySearchTest, TellsOfADamagedBlockAndGoesOn) {
  LineMaker make(8100);
  LogMaker lines(make);
  std::vector<BlockKey> blocks;
  blocks.reserve(6);
  for (int i = 0; i < 6; ++i)
    blocks.push_back(add(0, lines.next(50), i % 2 == 0 ? BlockInfo::Kind::plain : BlockInfo::Kind::templates));
  ASSERT_TRUE(run(store_->write(damage(blocks[1], PartOf::text))));
  ASSERT_TRUE(run(store_->write(damage(blocks[2], PartOf::plain))));
  ASSERT_TRUE(run(store_->write([&](store::Transaction& transaction) {
    return transaction.run("DELETE FROM part WHERE id = ?1", part_key(blocks[3], PartOf::rows));
  })));
  SearchRequest request{.query = query("")};
  request.limit = HistorySearch::max_limit;
  std::vector<Line> wanted = scan(request.query, true);
  std::erase_if(wanted, [&](const Line& line) {
    return lines_[50].record.seq <= line.record.seq && line.record.seq <= lines_[199].record.seq;
  });
  const Found found = search(request);
  ASSERT_NO_FATAL_FAILURE(expect_lines(found.lines, wanted, "around the damage"));
  ASSERT_EQ(found.gaps.size(), 3U);
  std::set<Seq> from;
  for (const Gap& gap : found.gaps) {
    EXPECT_EQ(gap.reason, "damaged");
    EXPECT_EQ(gap.lines, 50U);
    EXPECT_LT(gap.after->place(), gap.before->place());
    from.insert(gap.after->seq + 1);
  }
  EXPECT_EQ(from, (std::set{lines_[50].record.seq, lines_[100].record.seq, lines_[150].record.seq}));
}

TEST_F(HistorySearchTest, FindsLinesThatAMergeHasTakenUpMeanwhile) {
  LineMaker make(8200);
  LogMaker lines(make);
  Batch all = lines.next(120);
  std::vector<BlockKey> keys;
  keys.reserve(3);
  for (std::size_t first = 0; first < 120; first += 40) {
    Batch some;
    for (std::size_t i = first; i < first + 40; ++i) {
      const Record& record = all.records[i];
      some.append(record.time, record.stream, all.text(record), false);
      const auto offset = some.records.back().offset;
      some.records.back() = record;
      some.records.back().offset = offset;
    }
    keys.push_back(add(0, some, BlockInfo::Kind::plain));
  }
  const LineQuery all_lines = query("");
  auto plan = run(store_->read(workers_, [&](store::Snapshot& snapshot) {
    return plan_blocks(snapshot, all_lines, ranges_from(all_lines, std::nullopt, true));
  }));
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->size(), 3U);
  // The first two are one now, and the last is deleted.
  std::vector<Line> before = std::exchange(lines_, {});
  ASSERT_TRUE(run(store_->write([&](store::Transaction& transaction) -> Result<> {
    for (const BlockKey key : keys)
      if (auto done = delete_block(transaction, key); !done) return done;
    return {};
  })));
  all.records.resize(80);
  add(0, std::move(all), BlockInfo::Kind::templates);
  std::vector<Seq> found;
  BlockQueue queue(true);
  queue.fill(*plan);
  auto tally = run(store_->read(workers_, [&](store::Snapshot& snapshot) {
    return work_on(
        snapshot, all_lines, true, queue, [] { return false; },
        [&](BlockScan& scan, const QueriedBlock& block) {
          return scan.walk(block, [&](const Batch&, const Record& record) {
            found.push_back(record.seq);
            return true;
          });
        });
  }));
  ASSERT_TRUE(tally) << tally.error().detail;
  EXPECT_TRUE(tally->damaged.empty());
  std::vector<Seq> wanted;
  for (std::size_t i = 80; i-- > 0;) wanted.push_back(before[i].record.seq);
  EXPECT_EQ(found, wanted);
}

/// Takes a millisecond of its thread's time for each line, and counts them.
class DearFilter final : public LineFilter {
 public:
  [[nodiscard]] const std::string& key() const override { return key_; }
  [[nodiscard]] bool is_cheap() const override { return false; }
  [[nodiscard]] bool wants(const Batch&, const Record&) const override {
    TurnClock turn(1ms);
    while (!turn.over()) ++spins;
    ++asked;
    return false;
  }
  mutable std::atomic<std::size_t> asked{0};
  mutable std::atomic<std::size_t> spins{0};

 private:
  std::string key_ = "dear";
};

TEST_F(HistorySearchTest, EndsSoonWhenTheClientLeaves) {
  LineMaker make(8300);
  LogMaker lines(make);
  for (int i = 0; i < 8; ++i) add(0, lines.next(1000), BlockInfo::Kind::templates);
  const auto filter = std::make_shared<DearFilter>();
  SearchRequest request{.query = query("")};
  request.query.logs.front().filter = filter;
  HistorySearch search(*store_, workers_, request);
  std::size_t asked_then = 0;
  const auto leave = [&]() -> Task<bool> {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (filter->asked < 10) {
      timer.expires_after(1ms);
      co_await timer.async_wait(asio::use_awaitable);
    }
    asked_then = filter->asked;
    co_return true;
  };
  auto searching = search.next();
  const auto first = run([](Task<Result<std::vector<LogItem>>> one, Task<bool> other) -> Task<std::size_t> {
    auto ended = co_await first_of(std::move(one), std::move(other));
    co_return ended.index();
  }(std::move(searching), leave()));
  EXPECT_EQ(first, 1U);
  // Two workers end their turns, which are of 30 ms at most, but for eight lines.
  EXPECT_LT(filter->asked, asked_then + 80);
}

TEST_F(HistorySearchTest, AsksNoMoreBlocksThanItNeedsForItsLimit) {
  LineMaker make(8400);
  LogMaker lines(make);
  for (int i = 0; i < 40; ++i) add(0, lines.next(30), BlockInfo::Kind::plain);
  SearchRequest request{.query = query("")};
  request.limit = 5;
  const Found found = search(request);
  EXPECT_TRUE(found.end.truncated);
  EXPECT_LE(found.end.scanned_lines, 120U);
  const std::vector<Line> all = scan(request.query, true);
  expect_lines(found.lines, std::vector<Line>(all.begin(), all.begin() + 5), "the newest");
}

TEST_F(HistorySearchTest, SkipsBlocksByTheirFilters) {
  LineMaker make(8500);
  LogMaker lines(make);
  for (int i = 0; i < 20; ++i) add(0, lines.next(30), i % 2 == 0 ? BlockInfo::Kind::plain : BlockInfo::Kind::templates);
  SearchRequest request{.query = query(R"(text contains "0123456789abcdef")")};
  const Found found = search(request);
  EXPECT_TRUE(found.lines.empty());
  EXPECT_GE(found.end.skipped_blocks, 18U);
  EXPECT_LE(found.end.scanned_lines, 60U);
}

TEST_F(HistorySearchTest, ReadsNoDigitsWhereTemplatesRuleAPatternOut) {
  LineMaker make(8600);
  std::vector<std::string> lines;
  lines.reserve(500);
  for (int i = 0; i < 500; ++i) lines.push_back(make.service_line());
  const BlockKey block = add(0, batch_of(lines), BlockInfo::Kind::templates);
  ASSERT_TRUE(run(store_->write([&](store::Transaction& transaction) {
    return transaction.run("DELETE FROM part WHERE id = ?1", part_key(block, PartOf::digits));
  })));
  for (const char* pattern : {"[0-9]{9}x", "timed.*connection.*[0-9]{3}"}) {
    const Found found = search({.query = query("text matches " + quoted(pattern))});
    EXPECT_TRUE(found.lines.empty()) << pattern;
    EXPECT_TRUE(found.gaps.empty()) << pattern;
    EXPECT_EQ(found.end.scanned_lines, 500U) << pattern;
  }
}

}  // namespace
}  // namespace taffrail::history
