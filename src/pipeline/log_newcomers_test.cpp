#include <map>
#include <string>
#include <vector>

#include "base/run_task.hpp"
#include "pipeline/log_read_fixture.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;
using LogNewcomerReads = LogReadTest;

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

TEST_F(LogNewcomerReads, AReadOfNobodyIsJoinedByThoseWhoCome) {
  run([](LogNewcomerReads& test) -> Task<> {
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

TEST_F(LogNewcomerReads, ThoseWhoJoinAndLeaveAFollowedMergeAreReadExactlyOnce) {
  add("a");
  write("a", 1, 100);
  source_->set_lines_per_chunk(7);
  run([](LogNewcomerReads& test) -> Task<> {
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

TEST_F(LogNewcomerReads, ATailIsJoinedByAllLinesOfANewContainerAndTheLaterOnesOfAKnownOne) {
  Container stopped = MemorySource::container("b", ContainerState::exited);
  run_task(pipeline_->registry().containers_listed(HostId("memory"), {stopped}));
  write("b", 1, 10);  // long ago
  write("c", 1, 10);  // of a time long ago, but of a container that comes only now
  run([](LogNewcomerReads& test) -> Task<> {
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

TEST_F(LogNewcomerReads, OneWhoJoinsWithAnUnreadableLogIsToldOnceAndHoldsUpNobody) {
  run([](LogNewcomerReads& test) -> Task<> {
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

}  // namespace
}  // namespace taffrail
