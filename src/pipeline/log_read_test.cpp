#include "pipeline/log_read.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/run_task.hpp"
#include "base/timeout.hpp"
#include "pipeline/log_ring.hpp"
#include "pipeline/log_stream.hpp"
#include "pipeline/pipeline_fixture.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;

const Time start = Time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 21)) + 9h;

class LogReads : public PipelineTest {
 public:
  void write(const std::string& id, int first, int last) {
    for (int i = first; i <= last; ++i) source_->write(id, std::to_string(i), start + i * 1ms);
  }
  /// What a viewer saw: "a1" is line 1 of container a, "[a 5]" a gap of five lines, "|" the change to live.
  static void show(const std::vector<LogItem>& items, std::vector<std::string>& seen) {
    for (const LogItem& item : items) {
      if (const auto* lines = std::get_if<LogLines>(&item)) {
        const Batch& batch = lines->batch->batch();
        for (std::uint32_t i = 0; i < lines->size(); ++i) {
          const Record& record = batch.records[lines->descending ? lines->last - 1 - i : lines->first + i];
          seen.push_back(batch.container.str() + std::string(batch.text(record)));
        }
      } else if (const auto* gap = std::get_if<Gap>(&item)) {
        seen.push_back("[" + gap->container.str() + " " + std::to_string(gap->lines.value_or(0)) + "]");
      } else if (std::holds_alternative<LogCaughtUp>(item)) {
        seen.emplace_back("|");
      }
    }
  }
  static Task<std::vector<std::string>> read_all(LogRead& read) {
    std::vector<std::string> seen;
    for (;;) {
      auto items = co_await read.next();
      if (!items) {
        seen.push_back("error: " + items.error().detail);
        break;
      }
      if (items->empty()) break;
      show(*items, seen);
    }
    co_return seen;
  }
  /// Reads until `count` entries were seen.
  static Task<std::vector<std::string>> read_some(LogRead& read, std::size_t count) {
    std::vector<std::string> seen;
    while (seen.size() < count) {
      auto items = co_await read.next();
      if (!items || items->empty()) {
        seen.emplace_back(items ? "end" : "error: " + items.error().detail);
        break;
      }
      show(*items, seen);
    }
    co_return seen;
  }
  static std::vector<std::string> lines(const std::string& id, int first, int last) {
    std::vector<std::string> expected;
    const int step = first <= last ? 1 : -1;
    for (int i = first; i != last + step; i += step) expected.push_back(id + std::to_string(i));
    return expected;
  }
};

TEST_F(LogReads, ReadAWholeLogInOrder) {
  add("a");
  write("a", 1, 1000);
  auto read = open(request({"a"}));
  run([](LogRead& log) -> Task<> {
    auto seen = co_await read_all(log);
    EXPECT_EQ(seen, lines("a", 1, 1000));
    EXPECT_FALSE(log.truncated());
  }(*read));
}

TEST_F(LogReads, ATailIsTheLastLinesAndOrderDescendingTheNewestFirst) {
  add("a");
  write("a", 1, 1000);
  auto tail = request({"a"});
  tail.tail = 300;
  auto newest = request({"a"});
  newest.descending = true;
  newest.limit = 700;
  auto tail_read = open(std::move(tail));
  auto newest_read = open(std::move(newest));
  run([](LogRead& tail_log, LogRead& newest_log) -> Task<> {
    auto seen = co_await read_all(tail_log);
    EXPECT_EQ(seen, lines("a", 701, 1000));
    seen = co_await read_all(newest_log);
    EXPECT_EQ(seen, lines("a", 1000, 301));
    EXPECT_TRUE(newest_log.truncated());
  }(*tail_read, *newest_read));
}

TEST_F(LogReads, ATailThatIsTooLongToBeHeldIsTheSameLines) {
  add("a");
  add("b");
  const auto text = [](int i) { return std::to_string(i) + "-" + std::string(1000, 'x'); };
  constexpr int total = 4000;
  for (int i = 1; i <= total; ++i)
    source_->write(i % 2 == 0 ? "a" : "b", text(i), start + (i / 4) * 1ms);  // the two share times
  run([](LogReads& test) -> Task<> {
    auto whole_read = test.open(request({"a", "b"}));
    const auto whole = co_await read_all(*whole_read);
    EXPECT_EQ(whole.size(), std::size_t{total});
    for (const bool follow : {false, true}) {
      for (const std::size_t wanted :
           {std::size_t{1}, std::size_t{1500}, std::size_t{3999}, std::size_t{4000}, std::size_t{9000}}) {
        auto tail = request({"a", "b"});
        tail.tail = wanted;
        tail.follow = follow;
        auto read = test.open(std::move(tail));
        std::vector<std::string> seen;
        std::size_t most_held = 0;
        while (seen.empty() || (seen.back() != "|" && seen.size() < whole.size())) {
          auto items = co_await read->next();
          if (!items || items->empty()) break;
          std::size_t held = 0;
          std::set<BatchPtr> batches;
          for (const LogItem& item : *items)
            if (const auto* lines = std::get_if<LogLines>(&item); lines && batches.insert(lines->batch).second)
              held += lines->batch->memory();
          most_held = std::max(most_held, held);
          show(*items, seen);
        }
        std::erase(seen, "|");
        const std::vector<std::string> expected(
            whole.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(wanted, total)), whole.end());
        EXPECT_EQ(seen, expected) << wanted << (follow ? " followed" : "");
        EXPECT_LT(most_held, 3UZ << 20);
      }
    }
    // It goes on from there without a hole.
    auto followed = request({"a"});
    followed.tail = 1900;
    followed.follow = true;
    auto read = test.open(std::move(followed));
    auto seen = co_await read_some(*read, 1901);
    EXPECT_EQ(std::ranges::count(seen, "|"), 1);
    test.source_->write("a", "next", start + 1h);
    seen = co_await read_some(*read, 1);
    EXPECT_EQ(seen, std::vector<std::string>{"anext"});
  }(*this));
}

TEST_F(LogReads, PagesByCursorMeetWithoutLossInBothDirectionsAndMerged) {
  add("a");
  add("b");
  for (int i = 1; i <= 500; ++i) {
    source_->write("a", std::to_string(i), start + i * 1ms);
    source_->write("b", std::to_string(i), start + (i - i % 3) * 1ms);  // three lines share a time, and that of an a
  }
  run([](LogReads& test) -> Task<> {
    for (const std::vector<std::string>& ids : {std::vector<std::string>{"a"}, std::vector<std::string>{"a", "b"}}) {
      auto whole_read = test.open(request(ids));
      const auto whole = co_await read_all(*whole_read);
      EXPECT_EQ(whole.size(), 500 * ids.size());
      for (const bool descending : {false, true}) {
        std::vector<std::string> paged;
        std::optional<Cursor> cursor;
        for (int page = 0; page < 200; ++page) {
          auto part = request(ids);
          part.descending = descending;
          part.limit = 37;
          part.cursor = cursor;
          auto read = test.open(std::move(part));
          const auto seen = co_await read_all(*read);
          paged.insert(paged.end(), seen.begin(), seen.end());
          if (!read->truncated()) break;
          cursor = Cursor::parse(read->cursor()->to_string()).value();
        }
        auto expected = whole;
        if (descending) std::ranges::reverse(expected);
        EXPECT_EQ(paged, expected) << ids.size() << " containers, descending " << descending;
      }
    }
  }(*this));
}

TEST_F(LogReads, AFollowerGetsBacklogAndNewLinesExactlyOnce) {
  add("a");
  write("a", 1, 250);
  auto follow = request({"a"});
  follow.follow = true;
  auto read = open(std::move(follow));
  run([](LogReads& test, LogRead& log) -> Task<> {
    auto seen = co_await read_some(log, 251);
    auto expected = lines("a", 1, 250);
    expected.emplace_back("|");
    EXPECT_EQ(seen, expected);
    test.write("a", 251, 400);
    seen = co_await read_some(log, 150);
    EXPECT_EQ(seen, lines("a", 251, 400));
  }(*this, *read));
}

TEST_F(LogReads, ATailOfNothingStartsWithTheNextLine) {
  add("a");
  write("a", 1, 50);
  auto follow = request({"a"});
  follow.follow = true;
  follow.tail = 0;
  auto read = open(std::move(follow));
  run([](LogReads& test, LogRead& log) -> Task<> {
    auto seen = co_await read_some(log, 1);
    EXPECT_EQ(seen, std::vector<std::string>{"|"});
    test.write("a", 51, 52);
    seen = co_await read_some(log, 2);
    EXPECT_EQ(seen, lines("a", 51, 52));
  }(*this, *read));
}

TEST_F(LogReads, EightFollowersCostOneReading) {
  add("a");
  write("a", 1, 10);
  run([](LogReads& test) -> Task<> {
    std::vector<std::unique_ptr<LogRead>> reads;
    for (int i = 0; i < 8; ++i) {
      auto follow = request({"a"});
      follow.follow = true;
      reads.push_back(test.open(std::move(follow)));
    }
    for (auto& read : reads) {
      auto seen = co_await read_some(*read, 11);
      EXPECT_EQ(seen.size(), 11U);
    }
    test.write("a", 11, 20);
    for (auto& read : reads) {
      auto seen = co_await read_some(*read, 10);
      EXPECT_EQ(seen, lines("a", 11, 20));
    }
    EXPECT_EQ(test.source_->opened_following(), 1U);
  }(*this));
}

TEST_F(LogReads, AStalledViewerGetsTheExactGapAndARereadingOneGetsEverything) {
  add("a");
  write("a", 1, 10);
  source_->set_lines_per_chunk(1);
  run([](LogReads& test) -> Task<> {
    auto gap_request = request({"a"});
    gap_request.follow = true;
    gap_request.behind = LogRequest::Behind::gap;
    auto reread_request = request({"a"});
    reread_request.follow = true;
    auto with_gap = test.open(std::move(gap_request));
    auto rereading = test.open(std::move(reread_request));
    auto seen = co_await read_some(*with_gap, 11);
    seen = co_await read_some(*rereading, 11);
    test.write("a", 11, 11);
    seen = co_await read_some(*with_gap, 1);
    EXPECT_EQ(seen, lines("a", 11, 11));
    // One batch a line: the ring holds ring_batches of them.
    const int total = static_cast<int>(LogRing::most_entries) * 2;
    test.write("a", 12, total);
    const Container* container = test.pipeline_->registry().find(MemorySource::id("a"));
    const auto stream = test.pipeline_->hub().follow(*container, *test.source_);
    while (stream->ring().end_index() < static_cast<std::uint64_t>(total) - 10) co_await sleep_for(1ms);
    seen = co_await read_some(*with_gap, 2);
    const std::string gap = seen.at(0);
    const int first = std::stoi(seen.at(1).substr(1));
    EXPECT_EQ(gap, "[a " + std::to_string(first - 12) + "]");
    seen = co_await read_some(*rereading, static_cast<std::size_t>(total - 10));
    EXPECT_EQ(seen, lines("a", 11, total));
  }(*this));
}

TEST_F(LogReads, OneThatStandsStillHoldsNothingThatTheRingHasDropped) {
  add("a");
  write("a", 1, 10);
  source_->set_lines_per_chunk(1);
  run([](LogReads& test) -> Task<> {
    auto follow = request({"a"});
    follow.follow = true;
    auto stalled = test.open(std::move(follow));
    auto seen = co_await read_some(*stalled, 11);
    test.write("a", 11, 11);
    const Container* container = test.pipeline_->registry().find(MemorySource::id("a"));
    const auto stream = test.pipeline_->hub().follow(*container, *test.source_);
    const std::uint64_t index = stream->ring().end_index();
    while (stream->ring().end_index() == index) co_await sleep_for(1ms);
    const std::weak_ptr<const ClassifiedBatch> ready = stream->ring().entry(index)->batch;
    while (!ready.lock()->is_rendered()) co_await sleep_for(1ms);  // the read's lane is ready to give it
    const int total = static_cast<int>(LogRing::most_entries) + 100;
    test.write("a", 12, total);
    while (stream->ring().first_index() <= index) co_await sleep_for(1ms);
    EXPECT_TRUE(ready.expired());
    seen = co_await read_some(*stalled, static_cast<std::size_t>(total - 10));
    EXPECT_EQ(seen, lines("a", 11, total));
  }(*this));
}

/// An origin as history is while an engine is away: it has a log stored up to some line, behind which there is an error
/// for whoever is owed all lines and nothing for others.
class StoredAndAway final : public LogOrigin {
 public:
  explicit StoredAndAway(LogOrigin& whole) : whole_(whole) {}
  Task<Result<std::unique_ptr<LogReader>>> open_log(ContainerId id, LogQuery query) override {
    if (stored && query.owed && query.after && query.after->seq >= *stored)
      co_return fail(ErrorCode::unavailable, "the engine is away");
    if (stored) query.before = Cursor{*stored + 1, Time::max(), id};
    const bool owed = query.owed;
    auto opened = co_await whole_.open_log(std::move(id), std::move(query));
    if (opened && stored && owed) co_return std::make_unique<ThenAway>(std::move(*opened));
    co_return opened;
  }
  [[nodiscard]] ContainerPtr find_gone(const ContainerId& id) const override { return whole_.find_gone(id); }

  std::optional<Seq> stored;  ///< the last line that it has; nothing: the engine is there

 private:
  class ThenAway final : public LogReader {
   public:
    explicit ThenAway(std::unique_ptr<LogReader> stored) : stored_(std::move(stored)) {}
    Task<Result<std::optional<LogChunk>>> next() override {
      auto chunk = co_await stored_->next();
      if (chunk && !*chunk) co_return fail(ErrorCode::unavailable, "the engine is away");
      co_return chunk;
    }

   private:
    std::unique_ptr<LogReader> stored_;
  };

  LogOrigin& whole_;
};

TEST_F(LogReads, WhatNobodyHasStoredWhileTheEngineIsAwayIsNotPassedOver) {
  add("a");
  write("a", 1, 10);
  source_->set_lines_per_chunk(1);
  run([](LogReads& test) -> Task<> {
    StoredAndAway origin(test.pipeline_->source_origin());
    test.pipeline_->read_from(&origin);
    const auto follow = [&] {
      auto asked = request({"a"});
      asked.follow = true;
      return test.open(std::move(asked));
    };
    auto stalled = follow();
    auto seen = co_await read_some(*stalled, 11);

    origin.stored = Sequencer::first_of(start + 5ms);
    auto late = follow();
    seen = co_await read_some(*late, 6);
    EXPECT_EQ(std::erase(seen, "|"), 1U);
    EXPECT_EQ(seen, lines("a", 1, 5));
    origin.stored = Sequencer::first_of(start + 10ms);
    EXPECT_EQ(co_await read_some(*late, 5), lines("a", 6, 10)) << "when it is stored";

    const int total = static_cast<int>(LogRing::most_entries) * 2;
    test.write("a", 11, total);
    const Container* container = test.pipeline_->registry().find(MemorySource::id("a"));
    const auto stream = test.pipeline_->hub().follow(*container, *test.source_);
    while (stream->ring().last_dropped() < Sequencer::first_of(start + 1000ms)) co_await sleep_for(1ms);
    origin.stored = Sequencer::first_of(start + 100ms);
    seen = co_await read_some(*stalled, 90);
    EXPECT_EQ(seen, lines("a", 11, 100));
    co_await sleep_for(50ms);
    origin.stored.reset();
    seen = co_await read_some(*stalled, static_cast<std::size_t>(total - 100));
    EXPECT_EQ(seen, lines("a", 101, total));
    late.reset();
    stalled.reset();
    test.pipeline_->read_from(nullptr);
  }(*this));
}

TEST_F(LogReads, ALogThatIsNotOpenedInTimeIsGivenUp) {
  add("a");
  write("a", 1, 10);
  source_->hang("a");
  run([](LogReads& test) -> Task<> {
    SourceOrigin origin(test.pipeline_->registry(), test.pipeline_->sources(), 20ms);
    auto reader = co_await origin.open_log(MemorySource::id("a"), {});
    EXPECT_FALSE(reader.has_value());
    if (!reader) EXPECT_EQ(reader.error().code, ErrorCode::timeout) << reader.error().detail;
  }(*this));
}

TEST_F(LogReads, WhatTheSourceHasLostSinceSomebodyElseReadItIsCounted) {
  add("a");
  write("a", 1, 10);
  source_->set_lines_per_chunk(1);
  run([](LogReads& test) -> Task<> {
    auto follow = request({"a"});
    follow.follow = true;
    auto slow = test.open(std::move(follow));
    auto seen = co_await read_some(*slow, 11);
    // The stream reads on, far beyond its ring, and the source throws away what the slow one has not read yet.
    const int total = static_cast<int>(LogRing::most_entries) + 3000;
    test.write("a", 11, total);
    const Container* container = test.pipeline_->registry().find(MemorySource::id("a"));
    const auto stream = test.pipeline_->hub().follow(*container, *test.source_);
    while (stream->ring().end().tally.lines < static_cast<std::uint64_t>(total) - 9) co_await sleep_for(1ms);
    EXPECT_GT(stream->ring().first_index(), 0U);
    test.source_->discard("a", 2000);
    seen = co_await read_some(*slow, 1);
    while (seen.back() != "a" + std::to_string(total)) {
      auto more = co_await read_some(*slow, 1);
      std::ranges::move(more, std::back_inserter(seen));
    }
    // The few lines that were read ahead for it, then the exact rest of the loss.
    const auto told = std::ranges::find_if(seen, [](const std::string& entry) { return entry.front() == '['; });
    const auto ahead = static_cast<int>(told - seen.begin());
    EXPECT_LE(ahead, 4);
    auto expected = ahead > 0 ? lines("a", 11, 10 + ahead) : std::vector<std::string>{};
    expected.push_back("[a " + std::to_string(1990 - ahead) + "]");
    std::ranges::move(lines("a", 2001, total), std::back_inserter(expected));
    EXPECT_EQ(seen, expected);
    const std::string counted = [&] {
      for (const auto& family : test.metrics_.Collect())
        for (const auto& metric : family.metric)
          if (family.name == "taffrail_gap_lines_total" && metric.label.at(0).value == "viewer" &&
              metric.label.at(1).value == "rotated")
            return std::to_string(static_cast<int>(metric.counter.value));
      return std::string("nothing");
    }();
    EXPECT_EQ(counted, std::to_string(1990 - ahead));
  }(*this));
}

TEST_F(LogReads, WhatTheSourceHasLostBeforeAnybodyReadItCannotBeCounted) {
  add("a");
  write("a", 1, 100);
  source_->set_lines_per_chunk(10);
  run([](LogReads& test) -> Task<> {
    auto from_cursor = request({"a"});
    from_cursor.limit = 20;
    auto first = test.open(LogRequest(from_cursor));
    co_await read_all(*first);
    test.source_->discard("a", 50);
    from_cursor.cursor = first->cursor();
    from_cursor.limit.reset();
    from_cursor.follow = true;
    auto second = test.open(std::move(from_cursor));
    auto seen = co_await read_some(*second, 51);
    auto expected = lines("a", 51, 100);
    expected.insert(expected.begin(), "[a 0]");  // as a gap of unknown length is shown here
    EXPECT_EQ(std::vector(seen.begin(), seen.begin() + 51), expected);
  }(*this));
}

TEST_F(LogReads, ABrokenReadingResumesWithoutLossOrRepetition) {
  add("a");
  write("a", 1, 100);
  run([](LogReads& test) -> Task<> {
    auto follow = request({"a"});
    follow.follow = true;
    auto read = test.open(std::move(follow));
    auto seen = co_await read_some(*read, 101);
    test.source_->refuse(Error{ErrorCode::unavailable, "the engine is away"});
    test.source_->break_readings(Error{ErrorCode::unavailable, "the engine is away"});
    test.write("a", 101, 200);
    co_await sleep_for(10ms);
    test.source_->refuse(std::nullopt);
    test.write("a", 201, 300);
    seen = co_await read_some(*read, 200);
    EXPECT_EQ(seen, lines("a", 101, 300));
  }(*this));
}

TEST_F(LogReads, AnEmptyLogIsFollowedFromItsFirstLine) {
  add("a");
  run([](LogReads& test) -> Task<> {
    auto follow = request({"a"});
    follow.follow = true;
    follow.tail = 100;
    auto read = test.open(std::move(follow));
    auto seen = co_await read_some(*read, 1);
    EXPECT_EQ(seen, std::vector<std::string>{"|"});
    test.write("a", 1, 3);
    seen = co_await read_some(*read, 3);
    EXPECT_EQ(seen, lines("a", 1, 3));
    test.pipeline_->registry().container_removed(MemorySource::id("a"));
    auto rest = co_await read->next();
    while (rest && !rest->empty()) rest = co_await read->next();
    EXPECT_TRUE(rest.has_value()) << "a removed container ends its followers";
  }(*this));
}

/// A following read of `ids` that containers of these first letters join.
LogRequest joined_by(std::vector<std::string> ids, std::string letters) {
  LogRequest made;
  for (std::string& id : ids) made.containers.push_back(MemorySource::id(id));
  made.follow = true;
  made.joins = [letters = std::move(letters)](const Container& container) {
    return container.is_running() && letters.contains(container.id.str().front());
  };
  return made;
}

TEST_F(LogReads, AReadOfNobodyIsJoinedByThoseWhoCome) {
  run([](LogReads& test) -> Task<> {
    auto read = test.open(joined_by({}, "ab"));
    auto seen = co_await read_some(*read, 1);
    EXPECT_EQ(seen, std::vector<std::string>{"|"});
    test.write("a", 1, 300);
    test.add("a");
    seen = co_await read_some(*read, 300);
    EXPECT_EQ(seen, lines("a", 1, 300));
    test.write("a", 301, 302);
    seen = co_await read_some(*read, 2);
    EXPECT_EQ(seen, lines("a", 301, 302));
    test.write("c", 1, 5);
    test.add("c");  // is not wanted
    test.write("b", 1, 1);
    test.add("b");
    seen = co_await read_some(*read, 1);
    EXPECT_EQ(seen, lines("b", 1, 1));
    EXPECT_EQ(read->cursor()->container, MemorySource::id("b"));
  }(*this));
}

TEST_F(LogReads, ThoseWhoJoinAndLeaveAFollowedMergeAreReadExactlyOnce) {
  add("a");
  write("a", 1, 100);
  source_->set_lines_per_chunk(7);
  run([](LogReads& test) -> Task<> {
    auto read = test.open(joined_by({"a"}, "ab"));
    auto seen = co_await read_some(*read, 101);
    EXPECT_EQ(seen.size(), 101U);
    std::map<std::string, std::vector<std::string>> by_container;
    const auto take = [&](std::size_t count) -> Task<> {
      auto some = co_await read_some(*read, count);
      for (std::string& line : some) {
        const std::string id = line.substr(0, line.find_first_of("0123456789"));
        by_container[id].push_back(std::move(line));
      }
    };
    // Twenty containers that write before, while and after they are taken up; each lives for two rounds.
    constexpr int rounds = 20;
    const auto name = [](int i) { return "b" + std::string(1, static_cast<char>('a' + i)); };
    for (int i = 0; i < rounds; ++i) {
      test.write(name(i), 1, 10);
      test.add(name(i));
      test.add(name(i));  // a change that changes nothing for the read
      test.write(name(i), 11, 20);
      test.write("a", 101 + i, 101 + i);
      if (i > 0) test.write(name(i - 1), 21, 30);
      co_await take(i > 0 ? 31 : 21);
      if (i > 0) test.pipeline_->registry().container_removed(MemorySource::id(name(i - 1)));
    }
    EXPECT_EQ(by_container["a"], lines("a", 101, 100 + rounds));
    for (int i = 0; i < rounds; ++i) EXPECT_EQ(by_container[name(i)], lines(name(i), 1, i + 1 < rounds ? 30 : 20));
    EXPECT_EQ(by_container.size(), rounds + 1U) << "no state of a removed one was told as a line";
    EXPECT_LE(test.pipeline_->hub().size(), 2U) << "the removed ones are let go";
  }(*this));
}

TEST_F(LogReads, ATailIsJoinedByAllLinesOfANewContainerAndTheLaterOnesOfAKnownOne) {
  Container stopped = MemorySource::container("b", ContainerState::exited);
  run_task(pipeline_->registry().containers_listed(HostId("memory"), {stopped}));
  write("b", 1, 10);  // long ago
  write("c", 1, 10);  // of a time long ago, but of a container that comes only now
  run([](LogReads& test) -> Task<> {
    LogRequest tail = joined_by({}, "bc");
    tail.tail = 5;
    auto read = test.open(std::move(tail));
    auto seen = co_await read_some(*read, 1);
    test.add("b");
    test.source_->write("b", "11", std::chrono::system_clock::now() + 1s);
    seen = co_await read_some(*read, 1);
    EXPECT_EQ(seen, lines("b", 11, 11));
    test.add("c");
    seen = co_await read_some(*read, 10);
    EXPECT_EQ(seen, lines("c", 1, 10));
  }(*this));
}

TEST_F(LogReads, OneWhoJoinsWithAnUnreadableLogIsToldOnceAndHoldsUpNobody) {
  run([](LogReads& test) -> Task<> {
    auto read = test.open(joined_by({}, "ab"));
    auto first = co_await read->next();
    test.source_->refuse(Error{ErrorCode::unsupported, "the log driver none keeps no log"});
    test.add("a");
    std::size_t unreadable = 0;
    while (unreadable == 0) {
      auto told = co_await read->next();
      for (const LogItem& item : *told) {
        const auto* state = std::get_if<LogState>(&item);
        if (state && state->what == LogState::What::unreadable) ++unreadable;
      }
    }
    EXPECT_EQ(unreadable, 1U);
    test.source_->refuse(std::nullopt);
    test.add("b");
    test.write("b", 1, 3);
    const auto seen = co_await read_some(*read, 3);
    EXPECT_EQ(seen, lines("b", 1, 3));
  }(*this));
}

TEST_F(LogReads, AnUnreadableLogIsTheErrorOfALoneReadAndAStateInAMerge) {
  add("a");
  run([](LogReads& test) -> Task<> {
    test.source_->refuse(Error{ErrorCode::unsupported, "the log driver none keeps no log"});
    auto alone = test.open(request({"a"}));
    auto seen = co_await read_all(*alone);
    EXPECT_EQ(seen, std::vector<std::string>{"error: the log driver none keeps no log"});
    test.add("b");
    auto merged = test.open(request({"a", "b"}));
    auto items = co_await merged->next();
    EXPECT_EQ(items->size(), 2U);
    const auto* state = std::get_if<LogState>(&items->at(0));
    EXPECT_TRUE(state && state->what == LogState::What::unreadable);
  }(*this));
}

TEST_F(LogReads, FiltersApplyToTailBacklogAndLiveLines) {
  add("a");
  write("a", 1, 1000);
  run([](LogReads& test) -> Task<> {
    auto follow = request({"a"});
    follow.follow = true;
    follow.tail = 5;
    follow.filter_of =
        for_all([](const Batch& batch, const Record& record) { return batch.text(record).ends_with("00"); });
    auto read = test.open(std::move(follow));
    auto seen = co_await read_some(*read, 6);
    EXPECT_EQ(seen, (std::vector<std::string>{"a600", "a700", "a800", "a900", "a1000", "|"}));
    test.write("a", 1001, 1200);
    seen = co_await read_some(*read, 2);
    EXPECT_EQ(seen, (std::vector<std::string>{"a1100", "a1200"}));
  }(*this));
}

TEST_F(LogReads, AContinuationGoesByTheLevelOfItsHead) {
  add("a");
  source_->set_lines_per_chunk(1);  // the trace is spread over batches
  const char* lines_of[] = {"INFO started", "ERROR it broke", "    at shop.Cart.add(Cart.java:17)", "Caused by: x",
                            "INFO on"};
  for (int i = 0; i < 5; ++i) source_->write("a", lines_of[i], start + i * 1us);
  run([](LogReads& test) -> Task<> {
    auto errors = request({"a"});
    errors.filter_of =
        for_all([](const Batch&, const Record& record) { return record.head_level == text::Level::error; });
    auto read = test.open(std::move(errors));
    const auto seen = co_await read_all(*read);
    EXPECT_EQ(seen,
              (std::vector<std::string>{"aERROR it broke", "a    at shop.Cart.add(Cart.java:17)", "aCaused by: x"}));
  }(*this));
}

TEST_F(LogReads, ARareLineOfOneContainerDoesNotSendTheOthersToTheirFarEnd) {
  for (const char* id : {"a", "b", "c"}) {
    add(id);
    write(id, 1, 20'000);
  }
  source_->write("b", "needle", start + 20'001ms);
  run([](LogReads& test) -> Task<> {
    std::uint64_t looked_at = 0;
    auto rare = request({"a", "b", "c"});
    rare.descending = true;
    rare.limit = 1;
    rare.filter_of = for_all([&looked_at](const Batch& batch, const Record& record) {
      ++looked_at;
      return batch.text(record) == "needle";
    });
    auto read = test.open(std::move(rare));
    const auto seen = co_await read_all(*read);
    EXPECT_EQ(seen, std::vector<std::string>{"bneedle"});
    EXPECT_LT(looked_at, 1000U) << "of 60,001 lines";
  }(*this));
}

TEST_F(LogReads, LargeBatchesGoThroughTheWorkersAndAViewerMayLeaveMeanwhile) {
  add("a");
  for (int i = 0; i < 3000; ++i) source_->write("a", std::string(300, 'x') + std::to_string(i), start + i * 1ms);
  run([](LogReads& test) -> Task<> {
    for (int leave_after = 1; leave_after < 8; ++leave_after) {
      auto follow = request({"a"});
      follow.follow = true;
      auto read = test.open(std::move(follow));
      for (int i = 0; i < leave_after; ++i) {
        auto items = co_await with_timeout(std::chrono::microseconds(leave_after * 50), "read", read->next());
        if (!items) break;  // left while a worker had its batch
      }
    }
    auto all = test.open(request({"a"}));
    const auto seen = co_await read_all(*all);
    EXPECT_EQ(seen.size(), 3000U);
    EXPECT_EQ(seen.back(), "a" + std::string(300, 'x') + "2999");
  }(*this));
}

TEST_F(LogReads, TwoWithOneFilterCostOneEvaluation) {
  add("a");
  run([](LogReads& test) -> Task<> {
    std::atomic<int> asked = 0;
    const auto even = [&asked](const Batch& batch, const Record& record) {
      ++asked;
      return (batch.text(record).back() - '0') % 2 == 0;
    };
    std::vector<std::unique_ptr<LogRead>> reads;
    for (const char* key : {"even", "even", "even", "other"}) {
      auto follow = request({"a"});
      follow.follow = true;
      follow.filter_of = for_all(even, key, false);
      reads.push_back(test.open(std::move(follow)));
      auto seen = co_await read_some(*reads.back(), 1);
      EXPECT_EQ(seen, std::vector<std::string>{"|"});
    }
    test.write("a", 1, 100);
    std::vector<std::string> expected;
    for (int i = 2; i <= 100; i += 2) expected.push_back("a" + std::to_string(i));
    for (auto& read : reads) {
      auto seen = co_await read_some(*read, 50);
      EXPECT_EQ(seen, expected);
    }
    EXPECT_EQ(asked, 200) << "once for the three that are alike, once for the other";
  }(*this));
}

/// Takes about 3 ms a line.
bool dear(const Batch& batch, const Record& record) {
  const auto until = std::chrono::steady_clock::now() + 3ms;
  while (std::chrono::steady_clock::now() < until) {
  }
  return batch.text(record).back() == '7';
}

TEST_F(LogReads, AFilterThatTakesTooLongForABatchIsRefusedInWords) {
  add("a");
  write("a", 1, 1000);
  source_->set_lines_per_chunk(1000);
  run([](LogReads& test) -> Task<> {
    for (const bool follow : {false, true}) {
      auto asked = request({"a"});
      asked.follow = follow;
      if (follow) asked.tail = 0;
      asked.filter_of = for_all(dear, "dear", false);
      auto read = test.open(std::move(asked));
      auto items = co_await read->next();
      if (follow) {
        test.write("a", 1001, 2000);
        while (items && !items->empty()) items = co_await read->next();
      }
      EXPECT_FALSE(items.has_value());
      if (!items) {
        EXPECT_EQ(items.error().code, ErrorCode::too_large);
        EXPECT_TRUE(items.error().detail.contains("the filter takes too long")) << items.error().detail;
      }
    }
  }(*this));
}

TEST_F(LogReads, ADearFilterHoldsUpNeitherTheOwnerThreadNorOtherReaders) {
  add("a");
  add("b");
  source_->set_lines_per_chunk(20);
  run([](LogReads& test) -> Task<> {
    auto dear_one = request({"a"});
    dear_one.follow = true;
    dear_one.filter_of = for_all(dear, "dear", false);
    auto slow = test.open(std::move(dear_one));
    co_await read_some(*slow, 1);
    auto plain = request({"a", "b"});
    plain.follow = true;
    auto other = test.open(std::move(plain));
    co_await read_some(*other, 1);
    test.write("a", 1, 400);  // 1.2 s of the filter's time, in batches of 60 ms
    test.write("b", 1, 400);
    const auto begun = std::chrono::steady_clock::now();
    auto seen = co_await read_some(*other, 800);
    EXPECT_EQ(seen.size(), 800U);
    const auto until_other = std::chrono::steady_clock::now() - begun;
    auto found = co_await read_some(*slow, 40);
    EXPECT_EQ(found.size(), 40U);
    EXPECT_LT(until_other, std::chrono::steady_clock::now() - begun) << "the dear one was not waited for";
  }(*this));
}

TEST_F(LogReads, ALogThatHangsHoldsUpNobodyElse) {
  for (const char* id : {"a", "b", "c"}) {
    add(id);
    write(id, 1, 10);
  }
  source_->hang("b");
  run([](LogReads& test) -> Task<> {
    auto follow = request({"a", "b", "c"});
    follow.follow = true;
    follow.tail = 4;
    auto read = test.open(std::move(follow));
    auto seen = co_await read_some(*read, 5);
    EXPECT_EQ(seen, (std::vector<std::string>{"a9", "c9", "a10", "c10", "|"}));
    test.write("a", 11, 11);
    seen = co_await read_some(*read, 1);
    EXPECT_EQ(seen, lines("a", 11, 11));
    const Time now = std::chrono::system_clock::now();
    test.source_->write("b", "11", now);
    test.source_->hang("b", false);
    test.source_->write("b", "12", now + 1ms);
    // It comes late, with its lines since the read began and no older ones.
    seen = co_await read_some(*read, 2);
    EXPECT_EQ(seen, lines("b", 11, 12));
  }(*this));
}

TEST_F(LogReads, HoldLittleOfLongLinesHoweverManyAreAskedFor) {
  add("a");
  for (int i = 1; i <= 400; ++i)
    source_->write("a", std::to_string(i) + "-" + std::string(200'000, 'x'), start + i * 1ms);
  run([](LogReads& test) -> Task<> {
    for (const bool descending : {false, true}) {
      auto asked = request({"a"});
      asked.descending = descending;
      if (descending)
        asked.limit = 300;
      else
        asked.tail = 300;
      auto read = test.open(std::move(asked));
      std::vector<std::string> seen;
      std::size_t most_held = 0;
      for (;;) {
        auto items = co_await read->next();
        if (!items || items->empty()) break;
        std::set<BatchPtr> batches;
        std::size_t held = 0;
        for (const LogItem& item : *items)
          if (const auto* run = std::get_if<LogLines>(&item); run && batches.insert(run->batch).second)
            held += run->batch->memory();
        most_held = std::max(most_held, held);
        show(*items, seen);
      }
      EXPECT_EQ(seen.size(), 300U);
      EXPECT_TRUE(seen.front().starts_with(descending ? "a400-" : "a101-")) << seen.front().substr(0, 10);
      EXPECT_LT(most_held, 4UZ << 20) << "of 60 MB";
    }
  }(*this));
}

TEST_F(LogReads, ManyReadersOfManyLogsStayWithinTheMemoryForAll) {
  for (int i = 0; i < 40; ++i) {
    const std::string id = "c" + std::to_string(i);
    add(id);
    source_->set_lines_per_chunk(50);
    for (int line = 0; line < 200; ++line)
      source_->write(id, std::to_string(line) + std::string(5000, 'x'), start + line * 1ms);
  }
  run([](LogReads& test) -> Task<> {
    std::vector<std::string> ids;
    for (int i = 0; i < 40; ++i) ids.push_back("c" + std::to_string(i));
    std::vector<std::unique_ptr<LogRead>> reads;
    for (int i = 0; i < 50; ++i) {
      auto follow = request(ids);
      follow.follow = true;
      follow.tail = 10;
      reads.push_back(test.open(std::move(follow)));
      auto seen = co_await read_some(*reads.back(), 11);
      EXPECT_EQ(seen.back(), "|");
    }
    // 160 MB are written, and nobody takes anything.
    for (int line = 200; line < 1000; ++line) {
      for (const std::string& id : ids)
        test.source_->write(id, std::to_string(line) + std::string(5000, 'x'), start + line * 1ms);
      if (line % 20 == 0) co_await sleep_for(1ms);
    }
    const RingMemory& memory = test.pipeline_->hub().memory();
    for (int i = 0; i < 1000 && memory.bytes() < memory.bound() / 2; ++i) co_await sleep_for(1ms);
    EXPECT_GT(memory.bytes(), memory.bound() / 2);
    EXPECT_LE(memory.bytes(), memory.bound());
    // Those who read again get every line all the same.
    std::size_t lines = 0;
    while (lines < 40 * 800UZ) {
      auto items = co_await reads.front()->next();
      if (!items || items->empty()) break;
      for (const LogItem& item : *items)
        if (const auto* run = std::get_if<LogLines>(&item)) lines += run->size();
    }
    EXPECT_EQ(lines, 40 * 800UZ);
  }(*this));
}

TEST_F(LogReads, OfMoreLogsThanThereIsMemoryForAreRefusedAndThoseOfAFewAreNot) {
  add("a");
  for (int line = 1; line <= 3; ++line) source_->write("a", std::to_string(line), start + line * 1ms);
  std::vector<std::string> ids;
  for (int i = 0; i < 999; ++i) ids.push_back("c" + std::to_string(i));
  ids.emplace_back("a");
  run([](LogReads& test, std::vector<std::string> many) -> Task<> {
    const MemoryBudget& memory = test.pipeline_->memory();
    const auto open_many = [&] { return LogRead::open(*test.pipeline_, request(many)); };
    std::vector<std::unique_ptr<LogRead>> reads;
    for (auto read = open_many(); read; read = open_many()) {
      reads.push_back(std::move(*read));
      EXPECT_LE(memory.held(), memory.for_reads());
    }
    EXPECT_EQ(reads.size(), 3U) << "the first one has most";
    const auto refused = open_many();
    EXPECT_EQ(refused.has_value() ? ErrorCode::internal : refused.error().code, ErrorCode::unavailable);
    const auto alone = test.open(request({"a"}));
    const auto few = co_await read_all(*alone);
    EXPECT_EQ(few, lines("a", 1, 3));
    // Who has read what was written before leaves the room to others.
    const auto first = co_await read_all(*reads.front());
    EXPECT_EQ(first, lines("a", 1, 3));
    EXPECT_TRUE(open_many().has_value());
  }(*this, ids));
}

/// Writes down what the sources are asked.
class NotingOrigin final : public LogOrigin {
 public:
  explicit NotingOrigin(LogOrigin& origin) : origin_(origin) {}
  Task<Result<std::unique_ptr<LogReader>>> open_log(ContainerId id, LogQuery query) override {
    asked.push_back(query);
    return origin_.open_log(std::move(id), std::move(query));
  }
  [[nodiscard]] ContainerPtr find_gone(const ContainerId& id) const override { return origin_.find_gone(id); }

  std::vector<LogQuery> asked;

 private:
  LogOrigin& origin_;
};

TEST_F(LogReads, AskInTheirOwnNameAndForPiecesThatFitIntoWhatTheyTook) {
  std::vector<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.push_back("c" + std::to_string(i));
  for (const std::string& id : ids) add(id);
  write("c1", 1, 1);
  NotingOrigin origin(pipeline_->source_origin());
  run([](LogReads& test, NotingOrigin& noting, std::vector<std::string> many) -> Task<> {
    test.pipeline_->read_from(&noting);
    const MemoryBudget& memory = test.pipeline_->memory();
    const auto first = test.open(request(many));
    const std::size_t room = memory.held();
    EXPECT_EQ((co_await read_all(*first)).size(), 1U);
    EXPECT_EQ(noting.asked.size(), many.size());
    for (const LogQuery& query : noting.asked) {
      EXPECT_TRUE(query.asker && query.asker == noting.asked.front().asker);
      EXPECT_TRUE(query.counted);
      EXPECT_LE(query.chunk_bytes * many.size() * 16, room);
    }
    const LogQuery of_many = std::exchange(noting.asked, {}).front();
    const auto alone = test.open(request({"c1"}));
    EXPECT_EQ((co_await read_all(*alone)).size(), 1U);
    EXPECT_FALSE(noting.asked.front().counted);
    EXPECT_NE(noting.asked.front().asker, of_many.asker);
    test.pipeline_->read_from(nullptr);
  }(*this, origin, ids));
}

TEST_F(LogReads, RefuseContradictions) {
  const auto refused = [&](auto change) {
    auto wrong = request({"a"});
    change(wrong);
    auto read = LogRead::open(*pipeline_, std::move(wrong));
    return !read.has_value();
  };
  EXPECT_TRUE(refused([](LogRequest& r) { r.follow = r.descending = true; }));
  EXPECT_TRUE(refused([](LogRequest& r) { r.tail = LogRead::max_tail + 1; }));
  EXPECT_TRUE(refused([](LogRequest& r) {
    r.follow = true;
    r.until = start;
  }));
  EXPECT_TRUE(refused([](LogRequest& r) {
    r.tail = 1;
    r.descending = true;
  }));
}

TEST_F(LogReads, RandomWritersAndViewersAlwaysGetEveryLineOnce) {
  add("a");
  source_->set_lines_per_chunk(7);
  run([](LogReads& test) -> Task<> {
    std::mt19937 random(42);
    int written = 0;
    for (int round = 0; round < 60; ++round) {
      const auto write_some = [&] {
        const int count = static_cast<int>(random() % 40);
        test.write("a", written + 1, written + count);
        written += count;
      };
      write_some();
      auto follow = request({"a"});
      follow.follow = true;
      if (round % 3 == 0) follow.tail = random() % 50;
      const int before = written;
      auto read = test.open(LogRequest(follow));
      std::vector<std::string> seen;
      write_some();
      if (random() % 4 == 0) test.source_->break_readings(Error{ErrorCode::unavailable, "away"});
      // Everything up to `written` and the mark, or the tail and what came after it.
      while (written > 0 && std::ranges::find(seen, "a" + std::to_string(written)) == seen.end()) {
        auto items = co_await read->next();
        if (!items) {
          ADD_FAILURE() << items.error().detail;
          co_return;
        }
        show(*items, seen);
        if (follow.tail == 0U && seen == std::vector<std::string>{"|"}) break;  // the read begins now
      }
      std::erase(seen, "|");
      if (seen.empty()) continue;
      const int first = std::stoi(seen.front().substr(1));
      if (!follow.tail) {
        EXPECT_EQ(first, 1);
      } else {
        EXPECT_GE(first, before - static_cast<int>(*follow.tail) + 1);
      }
      EXPECT_EQ(seen, lines("a", first, written)) << "round " << round;
    }
  }(*this));
}

}  // namespace
}  // namespace taffrail
