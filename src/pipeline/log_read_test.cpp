#include "pipeline/log_read.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "base/timeout.hpp"
#include "pipeline/log_stream.hpp"
#include "pipeline/memory_source.hpp"
#include "pipeline/pipeline.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;

const Time start = Time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 21)) + 9h;

/// A pipeline over a MemorySource, run inside one coroutine per test.
class LogReads : public testing::Test {
 public:
  LogReads() {
    auto made = std::make_unique<MemorySource>(context_.get_executor());
    source_ = made.get();
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(std::move(made));
    pipeline_ =
        std::make_unique<Pipeline>(context_.get_executor(), workers_, clock_, std::move(sources), Registry::Admission{},
                                   metrics_, [](std::string_view what) { ADD_FAILURE() << "a task died: " << what; });
  }

  void run(Task<> body) {
    std::exception_ptr failure;
    auto whole = [](Pipeline& pipeline, Task<> inner) -> Task<> {
      pipeline.start();
      co_await std::move(inner);
      co_await pipeline.stop();
    };
    asio::co_spawn(context_, whole(*pipeline_, std::move(body)), [&](std::exception_ptr error) { failure = error; });
    context_.run_for(60s);
    ASSERT_TRUE(context_.stopped()) << "the test did not end";
    if (failure) std::rethrow_exception(failure);
  }

  void add(const std::string& id) { pipeline_->registry().container_changed(MemorySource::container(id)); }
  void write(const std::string& id, int first, int last) {
    for (int i = first; i <= last; ++i) source_->write(id, std::to_string(i), start + i * 1ms);
  }
  std::unique_ptr<LogRead> open(LogRequest request) {
    auto read = LogRead::open(*pipeline_, std::move(request));
    EXPECT_TRUE(read.has_value()) << (read ? "" : read.error().detail);
    return std::move(*read);
  }

  /// What a viewer saw: "a1" is line 1 of container a, "[a 5]" a gap of five lines, "|" the change to live.
  static void show(const std::vector<LogItem>& items, std::vector<std::string>& seen) {
    for (const LogItem& item : items) {
      if (const auto* lines = std::get_if<LogLines>(&item)) {
        const Batch& batch = lines->batch->batch;
        for (const std::uint32_t i : lines->picks)
          seen.push_back(batch.container.str() + std::string(batch.text(batch.records[i])));
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
  static std::function<RecordFilter(const Container&)> for_all(RecordFilter filter) {
    return [filter = std::move(filter)](const Container&) { return filter; };
  }
  static LogRequest request(std::vector<std::string> ids) {
    LogRequest made;
    for (std::string& id : ids) made.containers.push_back(MemorySource::id(id));
    return made;
  }

  asio::io_context context_{1};
  WorkerPool workers_{1};
  SystemClock clock_;
  prometheus::Registry metrics_;
  MemorySource* source_ = nullptr;
  std::unique_ptr<Pipeline> pipeline_;
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
          for (const LogItem& item : *items)
            if (const auto* lines = std::get_if<LogLines>(&item)) held += lines->batch->memory();
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
    const int total = static_cast<int>(LogStream::ring_batches) * 2;
    test.write("a", 12, total);
    const Container* container = test.pipeline_->registry().find(MemorySource::id("a"));
    const auto stream = test.pipeline_->hub().follow(*container, *test.source_);
    while (stream->end_index() < static_cast<std::uint64_t>(total) - 10) co_await sleep_for(1ms);
    seen = co_await read_some(*with_gap, 2);
    const std::string gap = seen.at(0);
    const int first = std::stoi(seen.at(1).substr(1));
    EXPECT_EQ(gap, "[a " + std::to_string(first - 12) + "]");
    seen = co_await read_some(*rereading, static_cast<std::size_t>(total - 10));
    EXPECT_EQ(seen, lines("a", 11, total));
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
    const int total = static_cast<int>(LogStream::ring_batches) + 3000;
    test.write("a", 11, total);
    const Container* container = test.pipeline_->registry().find(MemorySource::id("a"));
    const auto stream = test.pipeline_->hub().follow(*container, *test.source_);
    while (stream->total().lines < static_cast<std::uint64_t>(total) - 9) co_await sleep_for(1ms);
    EXPECT_GT(stream->first_index(), 0U);
    test.source_->discard("a", 2000);
    seen = co_await read_some(*slow, static_cast<std::size_t>(total) - 1999);
    auto expected = lines("a", 2001, total);
    expected.insert(expected.begin(), "[a 1990]");
    EXPECT_EQ(seen, expected);
    const std::string counted = [&] {
      for (const auto& family : test.metrics_.Collect())
        for (const auto& metric : family.metric)
          if (family.name == "taffrail_gap_lines_total" && metric.label.at(0).value == "viewer" &&
              metric.label.at(1).value == "rotated")
            return std::to_string(static_cast<int>(metric.counter.value));
      return std::string("nothing");
    }();
    EXPECT_EQ(counted, "1990");
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
  pipeline_->registry().containers_listed(HostId("memory"), {stopped});
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
    auto told = co_await read->next();
    std::size_t unreadable = 0;
    for (const LogItem& item : *told) {
      const auto* state = std::get_if<LogState>(&item);
      if (state && state->what == LogState::What::unreadable) ++unreadable;
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
