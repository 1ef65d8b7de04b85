#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/timeout.hpp"
#include "pipeline/log_read_fixture.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;
using LogReads = LogReadTest;

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

TEST_F(LogReads, LargeBatchesGoThroughTheWorkersAndAViewerMayLeaveMeanwhile) {
  add("a");
  for (int i = 0; i < 3000; ++i) source_->write("a", std::string(300, 'x') + std::to_string(i), start + i * 1ms);
  run([](LogReads& test) -> Task<> {
    for (int leave_after = 1; leave_after < 8; ++leave_after) {
      auto follow = following({"a"});
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
      auto follow = following(ids);
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

}  // namespace
}  // namespace taffrail
