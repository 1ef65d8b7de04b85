#include "pipeline/log_events.hpp"

#include <utility>

#include "pipeline/log_read_fixture.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;

class LogEventReads : public LogReadTest {
 public:
  void write(const std::string& id, int number) { LogReadTest::write(id, number, number); }
  void happens(const std::string& id, int number, const std::string& action) {
    pipeline_->registry().container_event({MemorySource::id(id), HostId("memory"), start + number * 1ms, action, {}});
  }
  static LogRequest following(const std::vector<std::string>& ids) {
    LogRequest made = LogReadTest::following(ids);
    made.events = true;
    return made;
  }
};

TEST_F(LogEventReads, AnEventStandsBeforeTheLinesOfItsTimeAndLaterOnes) {
  add("a");
  add("b");
  write("a", 1);
  run([](LogEventReads& test) -> Task<> {
    auto read = test.open(following({"a", "b"}));
    EXPECT_EQ(co_await read_some(*read, 2), (Seen{"a1", "|"}));
    test.clock_.held = std::chrono::steady_clock::now();
    test.happens("a", 30, "die");
    test.happens("b", 20, "start");
    test.happens("nobody", 21, "start");
    for (const int number : {10, 19}) test.write("a", number);
    EXPECT_EQ(co_await read_some(*read, 2), (Seen{"a10", "a19"}));
    for (const int number : {20, 29, 30, 31}) test.write("a", number);
    EXPECT_EQ(co_await read_some(*read, 6), (Seen{"b:start", "a20", "a29", "a:die", "a30", "a31"}));
    test.happens("a", 40, "start");
    test.write("b", 41);
    EXPECT_EQ(co_await read_some(*read, 2), (Seen{"a:start", "b41"}))
        << "those of all containers stand among all lines";
  }(*this));
}

TEST_F(LogEventReads, AnEventAloneWakesTheRead) {
  add("a");
  run([](LogEventReads& test) -> Task<> {
    auto read = test.open(following({"a"}));
    EXPECT_EQ(co_await read_some(*read, 1), (Seen{"|"}));
    const SteadyTime begun = std::chrono::steady_clock::now();
    test.happens("a", 1, "pause");
    EXPECT_EQ(co_await read_some(*read, 1), (Seen{"a:pause"}));
    EXPECT_GE(std::chrono::steady_clock::now() - begun, LogEvents::patience) << "it waits for lines";
    test.happens("a", 2, "unpause");
    test.happens("a", 3, "die");
    EXPECT_EQ(co_await read_some(*read, 2), (Seen{"a:unpause", "a:die"}));
  }(*this));
}

TEST_F(LogEventReads, TheLastEventOfARemovedContainerIsTold) {
  add("a");
  run([](LogEventReads& test) -> Task<> {
    auto read = test.open(following({"a"}));
    EXPECT_EQ(co_await read_some(*read, 1), (Seen{"|"}));
    test.clock_.held = std::chrono::steady_clock::now();
    test.happens("a", 1, "destroy");
    test.pipeline_->registry().container_removed(MemorySource::id("a"));
    EXPECT_EQ(co_await read_some(*read, 2), (Seen{"a:destroy", "end"}));
  }(*this));
}

TEST_F(LogEventReads, ThoseWhoJoinHaveTheirEventsAndFewEnoughWait) {
  add("a");
  run([](LogEventReads& test) -> Task<> {
    LogRequest request = following({});
    request.joins = [](const Container& container) { return container.id.str() == "b"; };
    auto read = test.open(std::move(request));
    EXPECT_EQ(co_await read_some(*read, 1), (Seen{"|"}));
    test.clock_.held = std::chrono::steady_clock::now();
    test.add("b");
    test.happens("a", 1, "die");
    for (int i = 0; i < static_cast<int>(LogEvents::most) + 5; ++i) test.happens("b", i, "exec" + std::to_string(i));
    test.write("b", 2000);
    const Seen seen = co_await read_some(*read, LogEvents::most + 1);
    EXPECT_EQ(seen.size(), LogEvents::most + 1);
    EXPECT_EQ(seen.front(), "b:exec5");
    EXPECT_EQ(seen.back(), "b2000");
  }(*this));
}

TEST_F(LogEventReads, WhoDoesNotAskIsNotTold) {
  add("a");
  run([](LogEventReads& test) -> Task<> {
    LogRequest request = following({"a"});
    request.events = false;
    auto read = test.open(std::move(request));
    EXPECT_EQ(co_await read_some(*read, 1), (Seen{"|"}));
    test.happens("a", 1, "die");
    test.write("a", 2);
    EXPECT_EQ(co_await read_some(*read, 1), (Seen{"a2"}));
  }(*this));
}

}  // namespace
}  // namespace taffrail
