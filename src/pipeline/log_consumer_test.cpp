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
    largest = std::max(largest, batch.bytes.size());
    ++takes;
    if (!batch.records.empty()) kept.last = Cursor::of(batch.records.back(), batch.container);
    if (acknowledges && kept.last) pipeline_.hub().acknowledge(*this, batch.container, kept.last->seq);
    moved_.notify();
    co_return Result<>();
  }
  [[nodiscard]] Duration patience() const override { return patience_; }
  void log_waits(const ContainerId& id) override {
    ++waited;
    if (acknowledges_when_waited) pipeline_.hub().acknowledge(*this, id, kept_[id.str()].last->seq);
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
  std::size_t live = 0;     // lines
  std::size_t largest = 0;  // bytes of lines at once
  Duration patience_{};
  std::size_t takes = 0;
  bool paused = false;
  bool acknowledges = true;
  bool acknowledges_when_waited = false;
  std::size_t waited = 0;
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

TEST_F(LogConsumers, WithPatienceGetManyLinesAtOnceUntilSomebodyLooks) {
  add("a");
  write("a", 1, 1);
  run([](LogConsumers& test) -> Task<> {
    Keeper keeper(*test.pipeline_);
    keeper.patience_ = 1h;
    test.pipeline_->hub().add_consumer(keeper);
    co_await keeper.until("a", 1);
    while (test.source_->open_following() == 0) co_await sleep_for(1ms);
    co_await sleep_for(10ms);
    test.write("a", 2, 2);
    co_await keeper.until("a", 2);  // the first after a quiet time
    const std::size_t takes = keeper.takes;
    test.write("a", 3, 3);
    co_await sleep_for(20ms);
    test.write("a", 4, 5);
    co_await sleep_for(20ms);
    EXPECT_EQ(keeper.takes, takes);
    {
      SignalFlag flag(test.context_.get_executor());
      const auto stream =
          test.pipeline_->hub().follow(*test.pipeline_->registry().find_shared(MemorySource::id("a")), *test.source_);
      const LogRing::Follower viewer(stream->ring(), flag, stream->ring().end_index());
      co_await keeper.until("a", 5);
      EXPECT_EQ(keeper.takes, takes + 1);
      for (int i = 6; i < 10; ++i) {
        test.write("a", i, i);
        co_await keeper.until("a", static_cast<std::size_t>(i));
      }
      EXPECT_EQ(keeper.takes, takes + 5) << "who looks sees each line as it comes";
    }
    test.write("a", 10, 10);
    co_await sleep_for(20ms);
    test.write("a", 11, 11);
    const Container stopped = MemorySource::container("a", ContainerState::exited);
    test.pipeline_->registry().container_changed(stopped);
    co_await keeper.until("a", 11);
    EXPECT_EQ(keeper.kept_["a"].lines, lines(1, 11)) << "what was written before the end waits no longer";
  }(*this));
}

TEST_F(LogConsumers, WithPatienceNeverLetALogThatIsWrittenFastWait) {
  add("a");
  run([](LogConsumers& test) -> Task<> {
    Keeper keeper(*test.pipeline_);
    keeper.patience_ = 1h;
    test.pipeline_->hub().add_consumer(keeper);
    while (test.source_->open_following() == 0) co_await sleep_for(1ms);
    for (int i = 1; i <= 1000; i += 100) {
      test.write("a", i, i + 99, 1000);
      co_await keeper.until("a", static_cast<std::size_t>(i) + 99);
    }
    EXPECT_GE(keeper.takes, 10U);
  }(*this));
}

TEST_F(LogConsumers, AreToldWhenALogWaitsForThem) {
  // Of what they keep to acknowledge it together, a log must not wait for the time to do so.
  constexpr int past = 12'000;
  constexpr int all = 2 * past;
  constexpr std::size_t size = 1000;
  add("a");
  write("a", 1, past, size);
  run([](LogConsumers& test) -> Task<> {
    Keeper keeper(*test.pipeline_);
    keeper.acknowledges = false;
    keeper.acknowledges_when_waited = true;
    test.pipeline_->hub().add_consumer(keeper);
    co_await keeper.until("a", past);
    EXPECT_GE(keeper.waited, 2U) << "pages wait for what is given of them";
    const std::size_t before = keeper.waited;
    while (test.source_->open_following() == 0) co_await sleep_for(1ms);
    for (int i = past + 1; i <= all; i += 100) {
      test.write("a", i, i + 99, size);
      co_await sleep_for(1ms);
    }
    co_await keeper.until("a", all);
    EXPECT_GE(keeper.waited, before + 2) << "the ring, too";
    EXPECT_EQ(keeper.kept_["a"].lines, lines(1, all, size));
    co_await test.pipeline_->hub().remove_consumer(keeper);
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
      co_await keeper.until("a", 1000 + static_cast<std::size_t>(round) * 50);
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
    while (most <= 1UZ << 20) {
      co_await sleep_for(1ms);
      most = test.pipeline_->hub().memory().bytes();
    }
    for (int i = 0; i < 200; ++i) {
      co_await sleep_for(1ms);
      most = std::max(most, test.pipeline_->hub().memory().bytes());
    }
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

TEST_F(LogConsumers, OfManyLogsAreGivenSmallPiecesWhileTheyCatchUp) {
  constexpr int logs = 200;
  constexpr int lines_of_each = 300;
  source_->set_lines_per_chunk(lines_of_each);
  for (int i = 0; i < logs; ++i) {
    add("c" + std::to_string(i));
    write("c" + std::to_string(i), 1, lines_of_each, 1000);
  }
  run([](LogConsumers& test) -> Task<> {
    Keeper keeper(*test.pipeline_);
    test.pipeline_->hub().add_consumer(keeper);
    for (int i = 0; i < logs; ++i) co_await keeper.until("c" + std::to_string(i), lines_of_each);
    for (int i = 0; i < logs; ++i)
      EXPECT_EQ(keeper.kept_["c" + std::to_string(i)].lines, lines(1, lines_of_each, 1000)) << i;
    EXPECT_GT(keeper.largest, ConsumerFeed::least_piece);
    EXPECT_LE(keeper.largest, ConsumerFeed::pieces_bytes / logs + 1004) << "of 300 KB each";
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
