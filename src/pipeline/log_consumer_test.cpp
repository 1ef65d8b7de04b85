#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "base/timeout.hpp"
#include "pipeline/consumer_feed.hpp"
#include "pipeline/log_stream.hpp"
#include "pipeline/pipeline_fixture.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;

const Time start = Time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 21)) + 9h;

/// Keeps what it is given, as a store does: what it has acknowledged survives it.
class Keeper final : public LogConsumer {
 public:
  struct Kept {
    std::vector<std::string> lines;
    std::optional<Cursor> last;
    std::vector<std::string> gaps;
  };
  explicit Keeper(Pipeline& pipeline) : pipeline_(pipeline), moved_(pipeline.executor()) {}

  [[nodiscard]] std::string_view name() const override { return "keeper"; }
  [[nodiscard]] bool wants(const Container& container) override {
    return container.id.str().front() != 'x' && !unwanted.contains(container.id.str());
  }
  [[nodiscard]] LogStart start_of(const ContainerId& id) override {
    return {.now = from_now, .after = kept_[id.str()].last, .since = std::nullopt};
  }
  Task<Result<>> take(LogDelivery delivery) override {
    const Batch& batch = delivery.batch->batch();
    while (paused) co_await moved_.wait();
    if (failures > 0) {
      --failures;
      co_return fail(ErrorCode::io, "the disk is full");
    }
    Kept& kept = kept_[batch.container.str()];
    EXPECT_FALSE(delivery.batch->is_rendered()) << "nobody looks at it";
    if (delivery.gap) kept.gaps.push_back(delivery.gap->reason);
    for (const Record& record : batch.records) kept.lines.emplace_back(batch.text(record));
    if (delivery.live) live += batch.records.size();
    if (!batch.records.empty()) kept.last = Cursor::of(batch.records.back(), batch.container);
    if (acknowledges && kept.last) pipeline_.hub().acknowledge(*this, batch.container, kept.last->seq);
    moved_.notify();
    co_return Result<>();
  }
  void ended(const ContainerId& id) override { ended_.push_back(id.str()); }

  Task<> until(const std::string& id, std::size_t lines) {
    while (kept_[id].lines.size() < lines) co_await moved_.wait();
  }
  void go_on() {
    paused = false;
    moved_.notify();
  }

  Pipeline& pipeline_;
  SignalFlag moved_;
  std::map<std::string, Kept> kept_;
  std::vector<std::string> ended_;
  std::set<std::string> unwanted;
  bool from_now = false;
  std::size_t live = 0;  // lines
  bool paused = false;
  bool acknowledges = true;
  int failures = 0;
};

class LogConsumers : public PipelineTest {
 public:
  void write(const std::string& id, int first, int last, std::size_t size = 0) {
    for (int i = first; i <= last; ++i) source_->write(id, text(i, size), start + i * 1ms);
  }
  static std::string text(int i, std::size_t size = 0) { return std::to_string(i) + std::string(size, '.'); }
  static std::vector<std::string> lines(int first, int last, std::size_t size = 0) {
    std::vector<std::string> made;
    for (int i = first; i <= last; ++i) made.push_back(text(i, size));
    return made;
  }
};

TEST_F(LogConsumers, GetEveryLineOfWhatTheyWantThoughNobodyLooks) {
  add("a");
  write("a", 1, 500);
  add("x");
  write("x", 1, 5);
  run([](LogConsumers& test) -> Task<> {
    Keeper keeper(*test.pipeline_);
    test.pipeline_->hub().add_consumer(keeper);
    co_await keeper.until("a", 500);
    test.write("a", 501, 900);
    test.write("b", 1, 3);
    test.add("b");
    co_await keeper.until("a", 900);
    co_await keeper.until("b", 3);
    EXPECT_EQ(keeper.kept_["a"].lines, lines(1, 900));
    EXPECT_EQ(keeper.kept_["b"].lines, lines(1, 3));
    EXPECT_FALSE(keeper.kept_.contains("x"));
    EXPECT_EQ(test.source_->opened_following(), 2U) << "viewers and consumers share the reading of a log";
    test.pipeline_->registry().container_removed(MemorySource::container("b").id);
    while (keeper.ended_.empty()) co_await sleep_for(1ms);
    EXPECT_EQ(keeper.ended_, std::vector<std::string>{"b"});
    co_await test.pipeline_->hub().remove_consumer(keeper);
    test.write("a", 901, 910);
    co_await sleep_for(10ms);
    EXPECT_EQ(keeper.kept_["a"].lines.size(), 900U) << "one that has left gets nothing more";
  }(*this));
}

TEST_F(LogConsumers, MayBeginWithWhatIsWrittenFromNowOn) {
  add("a");
  write("a", 1, 500);
  run([](LogConsumers& test) -> Task<> {
    Keeper keeper(*test.pipeline_);
    keeper.from_now = true;
    keeper.failures = 3;
    test.pipeline_->hub().add_consumer(keeper);
    while (test.source_->open_following() == 0) co_await sleep_for(1ms);
    test.write("a", 501, 700);
    co_await keeper.until("a", 200);
    EXPECT_EQ(keeper.kept_["a"].lines, lines(501, 700)) << "also after errors";
    EXPECT_EQ(keeper.live, 200U);
    co_await test.pipeline_->hub().remove_consumer(keeper);
  }(*this));
}

TEST_F(LogConsumers, AreAskedAgainWhetherTheyWantAContainer) {
  add("a");
  write("a", 1, 10);
  run([](LogConsumers& test) -> Task<> {
    Keeper keeper(*test.pipeline_);
    keeper.unwanted = {"a"};
    test.pipeline_->hub().add_consumer(keeper);
    const ContainerId id = MemorySource::container("a").id;
    keeper.unwanted.clear();
    EXPECT_EQ(test.source_->opened_following(), 0U);
    test.pipeline_->hub().reconsider(keeper, id);
    co_await keeper.until("a", 10);
    keeper.unwanted = {"a"};
    test.pipeline_->hub().reconsider(keeper, id);
    co_await sleep_for(5ms);
    test.write("a", 11, 20);
    co_await sleep_for(20ms);
    EXPECT_EQ(keeper.kept_["a"].lines, lines(1, 10));
    EXPECT_TRUE(keeper.ended_.empty()) << "the container is there still";
    keeper.unwanted.clear();
    test.pipeline_->hub().reconsider(keeper, id);
    co_await keeper.until("a", 20);
    EXPECT_EQ(keeper.kept_["a"].lines, lines(1, 20));
    co_await test.pipeline_->hub().remove_consumer(keeper);
  }(*this));
}

TEST_F(LogConsumers, GoOnBehindTheLastLineThatTheyKept) {
  add("a");
  write("a", 1, 1000);
  run([](LogConsumers& test) -> Task<> {
    Keeper keeper(*test.pipeline_);
    for (int round = 1; round <= 20; ++round) {
      test.pipeline_->hub().add_consumer(keeper);
      test.write("a", 900 + round * 100 + 1, 1000 + round * 100);
      co_await keeper.until("a", static_cast<std::size_t>(1000 + round * 50));
      co_await test.pipeline_->hub().remove_consumer(keeper);
    }
    test.pipeline_->hub().add_consumer(keeper);
    co_await keeper.until("a", 3000);
    EXPECT_EQ(keeper.kept_["a"].lines, lines(1, 3000));
    co_await test.pipeline_->hub().remove_consumer(keeper);
  }(*this));
}

TEST_F(LogConsumers, MakeTheLogWaitAndNotTheMemoryGrow) {
  add("a");
  run([](LogConsumers& test) -> Task<> {
    Keeper keeper(*test.pipeline_);
    keeper.acknowledges = false;
    test.pipeline_->hub().add_consumer(keeper);
    const Container* container = test.pipeline_->registry().find(MemorySource::id("a"));
    const auto stream = test.pipeline_->hub().follow(*container, *test.source_);
    while (!stream->opened()) co_await sleep_for(1ms);
    // 40 MB of lines: ten times what may lie between the log and the consumer.
    constexpr int total = 40'000;
    test.write("a", 1, total, 1000);
    std::size_t most = 0;
    for (int i = 0; i < 200; ++i) {
      co_await sleep_for(1ms);
      most = std::max(most, test.pipeline_->hub().memory().bytes());
    }
    EXPECT_GT(most, 1UZ << 20);
    EXPECT_LT(most, LogRing::owed_bytes + (2UZ << 20));
    EXPECT_LT(keeper.kept_["a"].lines.size(), 10'000U) << "the log waits";
    keeper.acknowledges = true;
    test.pipeline_->hub().acknowledge(keeper, MemorySource::container("a").id, keeper.kept_["a"].last->seq);
    co_await keeper.until("a", total);
    EXPECT_EQ(keeper.kept_["a"].lines, lines(1, total, 1000));
    EXPECT_TRUE(keeper.kept_["a"].gaps.empty());
    co_await test.pipeline_->hub().remove_consumer(keeper);
  }(*this));
}

TEST_F(LogConsumers, GetAgainWhatTheyCouldNotKeep) {
  add("a");
  write("a", 1, 300);
  source_->set_lines_per_chunk(10);
  run([](LogConsumers& test) -> Task<> {
    Keeper keeper(*test.pipeline_);
    keeper.failures = 1;
    test.pipeline_->hub().add_consumer(keeper);
    co_await keeper.until("a", 300);
    keeper.failures = 2;
    test.write("a", 301, 600);
    co_await keeper.until("a", 600);
    EXPECT_EQ(keeper.kept_["a"].lines, lines(1, 600));
    co_await test.pipeline_->hub().remove_consumer(keeper);
  }(*this));
}

TEST_F(LogConsumers, GetTheGapsOfTheSourceAndEverythingAroundABreak) {
  add("a");
  source_->set_lines_per_chunk(7);
  run([](LogConsumers& test) -> Task<> {
    Keeper keeper(*test.pipeline_);
    test.pipeline_->hub().add_consumer(keeper);
    std::mt19937 random(7);
    int written = 0;
    for (int round = 0; round < 100; ++round) {
      const int count = static_cast<int>(random() % 50);
      test.write("a", written + 1, written + count);
      written += count;
      if (random() % 5 == 0) test.source_->break_readings(Error{ErrorCode::unavailable, "away"});
      if (random() % 3 == 0) co_await sleep_for(1ms);
    }
    co_await keeper.until("a", static_cast<std::size_t>(written));
    EXPECT_EQ(keeper.kept_["a"].lines, lines(1, written));
    EXPECT_TRUE(keeper.kept_["a"].gaps.empty());
    // What is lost while nobody can read is told.
    keeper.paused = true;
    test.source_->refuse(Error{ErrorCode::unavailable, "away"});
    test.source_->break_readings(Error{ErrorCode::unavailable, "away"});
    test.write("a", written + 1, written + 20);
    co_await sleep_for(5ms);
    test.source_->discard("a", static_cast<std::size_t>(written) + 10);
    test.source_->refuse(std::nullopt);
    keeper.go_on();
    co_await keeper.until("a", static_cast<std::size_t>(written) + 10);
    EXPECT_EQ(keeper.kept_["a"].gaps, std::vector<std::string>{"rotated"});
    EXPECT_EQ(keeper.kept_["a"].lines.back(), text(written + 20));
    co_await test.pipeline_->hub().remove_consumer(keeper);
  }(*this));
}

}  // namespace
}  // namespace taffrail
