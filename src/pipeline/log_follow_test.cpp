#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/timeout.hpp"
#include "pipeline/log_read_fixture.hpp"
#include "pipeline/log_ring.hpp"
#include "pipeline/log_stream.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;
using LogFollows = LogReadTest;

TEST_F(LogFollows, AFollowerGetsBacklogAndNewLinesExactlyOnce) {
  add("a");
  write("a", 1, 250);
  auto follow = following({"a"});
  auto read = open(std::move(follow));
  run([](LogFollows& test, LogRead& log) -> Task<> {
    auto seen = co_await read_some(log, 251);
    auto expected = lines("a", 1, 250);
    expected.emplace_back("|");
    EXPECT_EQ(seen, expected);
    test.write("a", 251, 400);
    seen = co_await read_some(log, 150);
    EXPECT_EQ(seen, lines("a", 251, 400));
  }(*this, *read));
}

TEST_F(LogFollows, ATailOfNothingStartsWithTheNextLine) {
  add("a");
  write("a", 1, 50);
  auto follow = following({"a"});
  follow.tail = 0;
  auto read = open(std::move(follow));
  run([](LogFollows& test, LogRead& log) -> Task<> {
    auto seen = co_await read_some(log, 1);
    EXPECT_EQ(seen, std::vector<std::string>{"|"});
    test.write("a", 51, 52);
    seen = co_await read_some(log, 2);
    EXPECT_EQ(seen, lines("a", 51, 52));
  }(*this, *read));
}

TEST_F(LogFollows, EightFollowersCostOneReading) {
  add("a");
  write("a", 1, 10);
  run([](LogFollows& test) -> Task<> {
    std::vector<std::unique_ptr<LogRead>> reads;
    for (int i = 0; i < 8; ++i) {
      auto follow = following({"a"});
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

TEST_F(LogFollows, AStalledViewerGetsTheExactGapAndARereadingOneGetsEverything) {
  add("a");
  write("a", 1, 10);
  source_->set_lines_per_chunk(1);
  run([](LogFollows& test) -> Task<> {
    auto gap_request = following({"a"});
    gap_request.behind = LogRequest::Behind::gap;
    auto reread_request = following({"a"});
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

TEST_F(LogFollows, OneThatStandsStillHoldsNothingThatTheRingHasDropped) {
  add("a");
  write("a", 1, 10);
  source_->set_lines_per_chunk(1);
  run([](LogFollows& test) -> Task<> {
    auto follow = following({"a"});
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

TEST_F(LogFollows, WhatNobodyHasStoredWhileTheEngineIsAwayIsNotPassedOver) {
  add("a");
  write("a", 1, 10);
  source_->set_lines_per_chunk(1);
  run([](LogFollows& test) -> Task<> {
    StoredAndAway origin(test.pipeline_->source_origin());
    test.pipeline_->read_from(&origin);
    const auto follow = [&] {
      auto asked = following({"a"});
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

TEST_F(LogFollows, WhatTheSourceHasLostSinceSomebodyElseReadItIsCounted) {
  add("a");
  write("a", 1, 10);
  source_->set_lines_per_chunk(1);
  run([](LogFollows& test) -> Task<> {
    auto follow = following({"a"});
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

TEST_F(LogFollows, WhatTheSourceHasLostBeforeAnybodyReadItCannotBeCounted) {
  add("a");
  write("a", 1, 100);
  source_->set_lines_per_chunk(10);
  run([](LogFollows& test) -> Task<> {
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

TEST_F(LogFollows, ABrokenReadingResumesWithoutLossOrRepetition) {
  add("a");
  write("a", 1, 100);
  run([](LogFollows& test) -> Task<> {
    auto follow = following({"a"});
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

TEST_F(LogFollows, AnEmptyLogIsFollowedFromItsFirstLine) {
  add("a");
  run([](LogFollows& test) -> Task<> {
    auto follow = following({"a"});
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

TEST_F(LogFollows, ALogThatHangsHoldsUpNobodyElse) {
  for (const char* id : {"a", "b", "c"}) {
    add(id);
    write(id, 1, 10);
  }
  source_->hang("b");
  run([](LogFollows& test) -> Task<> {
    auto follow = following({"a", "b", "c"});
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

TEST_F(LogFollows, RandomWritersAndViewersAlwaysGetEveryLineOnce) {
  add("a");
  source_->set_lines_per_chunk(7);
  run([](LogFollows& test) -> Task<> {
    std::mt19937 random(42);
    int written = 0;
    for (int round = 0; round < 60; ++round) {
      const auto write_some = [&] {
        const int count = static_cast<int>(random() % 40);
        test.write("a", written + 1, written + count);
        written += count;
      };
      write_some();
      auto follow = following({"a"});
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
