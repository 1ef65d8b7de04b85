#include <atomic>
#include <string>
#include <vector>

#include "pipeline/log_read_fixture.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;
using LogFilters = LogReadTest;

TEST_F(LogFilters, FiltersApplyToTailBacklogAndLiveLines) {
  add("a");
  write("a", 1, 1000);
  run([](LogFilters& test) -> Task<> {
    auto follow = following({"a"});
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

TEST_F(LogFilters, AContinuationGoesByTheLevelOfItsHead) {
  add("a");
  source_->set_lines_per_chunk(1);  // the trace is spread over batches
  const char* lines_of[] = {"INFO started", "ERROR it broke", "    at shop.Cart.add(Cart.java:17)", "Caused by: x",
                            "INFO on"};
  for (int i = 0; i < 5; ++i) source_->write("a", lines_of[i], start + i * 1us);
  run([](LogFilters& test) -> Task<> {
    auto errors = request({"a"});
    errors.filter_of =
        for_all([](const Batch&, const Record& record) { return record.head_level == text::Level::error; });
    auto read = test.open(std::move(errors));
    const auto seen = co_await read_all(*read);
    EXPECT_EQ(seen,
              (std::vector<std::string>{"aERROR it broke", "a    at shop.Cart.add(Cart.java:17)", "aCaused by: x"}));
  }(*this));
}

TEST_F(LogFilters, ARareLineOfOneContainerDoesNotSendTheOthersToTheirFarEnd) {
  for (const char* id : {"a", "b", "c"}) {
    add(id);
    write(id, 1, 20'000);
  }
  source_->write("b", "needle", start + 20'001ms);
  run([](LogFilters& test) -> Task<> {
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

TEST_F(LogFilters, TwoWithOneFilterCostOneEvaluation) {
  add("a");
  run([](LogFilters& test) -> Task<> {
    std::atomic<int> asked = 0;
    const auto even = [&asked](const Batch& batch, const Record& record) {
      ++asked;
      return (batch.text(record).back() - '0') % 2 == 0;
    };
    std::vector<std::unique_ptr<LogRead>> reads;
    for (const char* key : {"even", "even", "even", "other"}) {
      auto follow = following({"a"});
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

TEST_F(LogFilters, AFilterThatTakesTooLongForABatchIsRefusedInWords) {
  add("a");
  write("a", 1, 1000);
  source_->set_lines_per_chunk(1000);
  run([](LogFilters& test) -> Task<> {
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

TEST_F(LogFilters, ADearFilterHoldsUpNeitherTheOwnerThreadNorOtherReaders) {
  add("a");
  add("b");
  source_->set_lines_per_chunk(20);
  run([](LogFilters& test) -> Task<> {
    auto dear_one = following({"a"});
    dear_one.filter_of = for_all(dear, "dear", false);
    auto slow = test.open(std::move(dear_one));
    co_await read_some(*slow, 1);
    auto plain = following({"a", "b"});
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

}  // namespace
}  // namespace taffrail
