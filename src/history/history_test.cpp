#include "history/history.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <random>

#include "history/history_fixture.hpp"
#include "history/history_origin.hpp"
#include "history/stored_log.hpp"

namespace taffrail::history {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> numbered(std::size_t from, std::size_t to) {
  std::vector<std::string> lines;
  for (std::size_t i = from; i < to; ++i) lines.push_back("line " + std::to_string(i));
  return lines;
}

TEST_F(HistoryTest, StoresEveryLineAndGivesItBackWhenItsContainerIsGone) {
  run([](HistoryTest& test) -> Task<> {
    test.add("a");
    for (std::size_t i = 0; i < 500; ++i) test.write("a", "line " + std::to_string(i));
    co_await test.stored(500);
    for (std::size_t i = 500; i < 600; ++i) test.write("a", "line " + std::to_string(i));
    co_await test.stored(600);
    const Read before = co_await test.read(of("a"));
    EXPECT_EQ(before.texts, numbered(0, 600));

    test.pipeline_->registry().container_removed(MemorySource::id("a"));
    EXPECT_NE(test.pipeline_->registry().find_removed(MemorySource::id("a")), nullptr) << "from the same moment on";
    co_await test.until([&] { return test.history_->catalogue().find(MemorySource::id("a"))->removed.has_value(); });
    // Whoever follows it reads on until it is told of the removal.
    co_await test.until([&] { return test.source_->open_following() == 0; });
    test.source_->put_logs({});
    const auto named = test.pipeline_->registry().resolve("a-name");
    EXPECT_EQ(named.value_or(ContainerId()), MemorySource::id("a"));
    const auto all = test.pipeline_->registry().with_removed();
    EXPECT_EQ(all->size(), 1U);
    EXPECT_EQ(all->front()->state, ContainerState::removed);

    const Read after = co_await test.read(of("a"));
    EXPECT_EQ(after.texts, before.texts);
    EXPECT_EQ(after.seqs, before.seqs);
    LogRequest tail = of("a");
    tail.tail = 7;
    EXPECT_EQ((co_await test.read(tail)).texts, numbered(593, 600));
    LogRequest last = of("a");
    last.descending = true;
    last.limit = 2;
    EXPECT_EQ((co_await test.read(last)).texts, (std::vector<std::string>{"line 599", "line 598"}));
    LogRequest follow = of("a");
    follow.follow = true;
    follow.tail = 3;
    EXPECT_EQ((co_await test.read(follow)).texts, numbered(597, 600)) << "and the reading ends";
  }(*this));
}

TEST_F(HistoryTest, GoesOnAfterARestartWithoutAHoleAndWithoutALineTwice) {
  run([](HistoryTest& test) -> Task<> {
    test.add("a");
    for (std::size_t i = 0; i < 100; ++i) test.write("a", "line " + std::to_string(i));
    co_await test.stored(100);
    const Read before = co_await test.read(of("a"));
    // Written while the server is down.
    for (std::size_t i = 100; i < 250; ++i) test.write("a", "line " + std::to_string(i));
    co_await test.restart();
    test.add("a");
    for (std::size_t i = 250; i < 300; ++i) test.write("a", "line " + std::to_string(i));
    co_await test.stored(300);
    const Read after = co_await test.read(of("a"));
    EXPECT_EQ(after.texts, numbered(0, 300));
    EXPECT_TRUE(std::equal(before.seqs.begin(), before.seqs.end(), after.seqs.begin())) << "names stay";
    EXPECT_TRUE(after.gaps.empty());
    // Turned over by the engine: what is stored is still there.
    test.source_->discard("a", 200);
    EXPECT_EQ((co_await test.read(of("a"))).texts, numbered(0, 300));
    co_await test.restart(false);
    co_await test.until([&] { return test.history_->ready(); });
    EXPECT_EQ((co_await test.read(of("a"))).texts, numbered(0, 300)) << "of an engine that was not asked yet";
  }(*this));
}

TEST_F(HistoryTest, RemembersWhatTheSourceHasLostAsAGap) {
  run([](HistoryTest& test) -> Task<> {
    test.add("a");
    for (std::size_t i = 0; i < 100; ++i) test.write("a", "line " + std::to_string(i));
    co_await test.stored(100);
    for (std::size_t i = 100; i < 300; ++i) test.write("a", "line " + std::to_string(i));
    test.source_->discard("a", 200);
    co_await test.restart();
    test.add("a");
    co_await test.until([&] { return test.history_->catalogue().sums().lines >= 200; });
    const Read all = co_await test.read(of("a"));
    std::vector<std::string> kept = numbered(0, all.texts.size() - 100);
    std::ranges::copy(numbered(200, 300), std::back_inserter(kept));
    EXPECT_EQ(all.texts, kept);
    EXPECT_EQ(all.gaps.size(), 1U);
    if (all.gaps.size() == 1) {
      EXPECT_EQ(all.gaps[0].reason, "rotated");
      EXPECT_EQ(all.gaps[0].before->seq, all.seqs[all.texts.size() - 100]);
    }
    const auto gaps = co_await test.history_->gaps(10);
    EXPECT_EQ(gaps.value().size(), 1U);
  }(*this));
}

TEST_F(HistoryTest, ReadsInPartsWhatOthersLeaveNoMemoryFor) {
  run([](HistoryTest& test) -> Task<> {
    test.add("a");
    std::mt19937_64 random(3);
    std::size_t written = 0;
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 3000; ++i) test.write("a", std::to_string(written++) + std::string(random() % 900, 'x'));
      co_await test.stored(written);
    }
    const Read lines = co_await test.read(of("a"));
    EXPECT_EQ(lines.texts.size(), written);
    // Something is missing before some of them.
    const LogKey key = test.history_->catalogue().find(MemorySource::id("a"))->key;
    for (std::size_t i = 0; i < 60; ++i) {
      const Seq before = lines.seqs[random() % lines.seqs.size()];
      const Gap gap{MemorySource::id("a"), std::nullopt, Cursor{before, {}, MemorySource::id("a")}, i, "rotated"};
      auto put = co_await test.history_->store().write(
          [&](store::Transaction& transaction) { return put_gap(transaction, key, gap); });
      EXPECT_TRUE(put.has_value());
    }
    for (const bool descending : {false, true}) {
      LogRequest request = of("a");
      request.descending = descending;
      const Read whole = co_await test.read(request);
      EXPECT_GT(whole.gaps.size(), 50U);
      MemoryBudget& memory = test.pipeline_->memory();
      // Others hold nearly all that there is.
      const MemoryBudget::Held others(memory, memory.for_reads() * 3 / 4);
      const Read parts = co_await test.read(request);
      EXPECT_EQ(parts.texts, whole.texts);
      EXPECT_EQ(parts.seqs, whole.seqs);
      EXPECT_TRUE(std::ranges::equal(
          parts.gaps, whole.gaps, {}, [](const Gap& gap) { return gap.before->seq; },
          [](const Gap& gap) { return gap.before->seq; }));
    }
  }(*this));
}

TEST_F(HistoryTest, KeepsSomePiecesOfABlockWhereOthersLeaveNoMemory) {
  run([](HistoryTest& test) -> Task<> {
    test.add("a");
    for (int i = 0; i < 3000; ++i) test.write("a", std::string(100, 'x'));
    co_await test.stored(3000);
    MemoryBudget& memory = test.pipeline_->memory();
    const MemoryBudget::Held others(memory, memory.for_reads() * 3 / 4);
    const auto open = [&](std::size_t piece, bool counted) -> Task<std::unique_ptr<LogReader>> {
      LogQuery query;
      query.chunk_bytes = piece;
      query.counted = counted;
      auto reader = co_await test.pipeline_->origin().open_log(MemorySource::id("a"), std::move(query));
      auto chunk = co_await (*reader)->next();
      EXPECT_LE((*chunk)->batch.bytes.size(), piece);
      co_return std::move(*reader);
    };
    // What was unpacked lately is held as well.
    const auto unpacked = co_await open(1000, true);
    const std::size_t before = memory.held();
    const auto counted = co_await open(1000, true);
    EXPECT_EQ(memory.held(), before) << "whoever asked has counted it";
    const auto small = co_await open(1000, false);
    const std::size_t of_small = memory.held() - before;
    EXPECT_GE(of_small, 4 * 1000U);
    EXPECT_LE(of_small, 8 * 1000U);
    const auto large = co_await open(10'000, false);
    EXPECT_GE(memory.held() - before - of_small, 4 * 10'000U);
    EXPECT_LE(memory.held() - before - of_small, 8 * 10'000U);
  }(*this));
}

/// What a file's reader gives where nothing stands behind what is stored: lines before that, for the classifier.
class OnlyContext final : public LogOrigin {
 public:
  Task<Result<std::unique_ptr<LogReader>>> open_log(ContainerId id, LogQuery) override {
    std::vector<LogChunk> chunks(1);
    chunks.front().batch.container = std::move(id);
    chunks.front().context = 64;
    for (std::size_t i = 0; i < chunks.front().context; ++i)
      chunks.front().batch.append({}, text::StdStream::out, std::string(100, 'c'), false);
    co_return std::make_unique<ChunksReader>(std::move(chunks));
  }
  [[nodiscard]] ContainerPtr find_gone(const ContainerId&) const override { return nullptr; }
};

TEST_F(HistoryTest, GivesOfATailWhatItsBytesSayWhateverTheSourceGivesBeforeIt) {
  run([](HistoryTest& test) -> Task<> {
    test.add("a");
    for (int i = 0; i < 300; ++i) test.write("a", std::string(100, 'x'));
    co_await test.stored(300);
    OnlyContext source;
    LineCache cache(test.context_.get_executor(), test.pipeline_->memory(), 0);
    HistoryOrigin origin({.store = test.history_->store(), .workers = test.workers_, .cache = cache},
                         test.history_->catalogue(), test.pipeline_->registry(), source);
    LogQuery query;
    query.tail = 200;
    query.tail_bytes = 1000;
    auto reader = co_await origin.open_log(MemorySource::id("a"), std::move(query));
    std::size_t lines = 0;
    for (;;) {
      auto chunk = co_await (*reader)->next();
      if (!chunk || !*chunk) break;
      lines += (*chunk)->batch.records.size() - (*chunk)->context;
    }
    EXPECT_EQ(lines, 10U);
  }(*this));
}

TEST_F(HistoryTest, LeavesOutWhatItsLabelSaysAndForgetsWhatItIsTold) {
  run([](HistoryTest& test) -> Task<> {
    test.add("quiet", {{"taffrail.history", "off"}});
    test.add("a");
    for (std::size_t i = 0; i < 10; ++i) {
      test.write("quiet", "secret");
      test.write("a", "line " + std::to_string(i));
    }
    co_await test.stored(10);
    EXPECT_EQ(test.history_->catalogue().find(MemorySource::id("quiet")), nullptr);
    EXPECT_TRUE((co_await test.history_->forget(MemorySource::id("a"))).has_value());
    EXPECT_EQ(test.history_->catalogue().sums().lines, 0U);
    test.write("a", "line 10");
    co_await test.stored(1);
    EXPECT_EQ((co_await test.history_->forget(MemorySource::id("nobody"))).error().code, ErrorCode::not_found);
    test.pipeline_->registry().container_removed(MemorySource::id("a"));
    co_await test.until([&] { return test.history_->catalogue().find(MemorySource::id("a"))->removed.has_value(); });
    EXPECT_TRUE((co_await test.history_->forget(MemorySource::id("a"))).has_value());
    EXPECT_EQ(test.pipeline_->registry().find_removed(MemorySource::id("a")), nullptr);
    EXPECT_TRUE(test.pipeline_->registry().with_removed()->size() == 1) << "only the other one";
  }(*this));
}

TEST_F(HistoryTest, ForgetsAllOfAContainerAlsoWhenWhoAskedLeaves) {
  run([](HistoryTest& test) -> Task<> {
    test.add("a");
    for (std::size_t i = 0; i < 10; ++i) test.write("a", "line " + std::to_string(i));
    co_await test.stored(10);
    asio::cancellation_signal leaves;
    std::exception_ptr left;
    asio::co_spawn(
        test.context_,
        [](History& history) -> Task<> { (void)co_await history.forget(MemorySource::id("a")); }(*test.history_),
        asio::bind_cancellation_slot(leaves.slot(), [&](const std::exception_ptr& failure) { left = failure; }));
    co_await asio::post(asio::use_awaitable);
    co_await asio::post(asio::use_awaitable);
    leaves.emit(asio::cancellation_type::terminal);
    co_await test.until([&] { return test.history_->catalogue().sums().lines == 0; });
    EXPECT_TRUE(left) << "it was waited for";
    test.write("a", "line 10");
    co_await test.stored(1);
    EXPECT_TRUE((co_await test.history_->forget(MemorySource::id("a"))).has_value()) << "it can be asked for again";
    EXPECT_EQ(test.history_->catalogue().sums().lines, 0U);
  }(*this));
}

TEST_F(HistoryTest, ReadsFromTheSourceWhatAFullDiskHasLostWhereNothingStandsBehindIt) {
  run([](HistoryTest& test) -> Task<> {
    test.add("a");
    for (std::size_t i = 0; i < 10; ++i) test.write("a", "line " + std::to_string(i));
    co_await test.stored(10);
    for (std::size_t i = 10; i < 13; ++i) test.write("a", "line " + std::to_string(i));
    co_await test.stored(13);
    const Read all = co_await test.read(of("a"));
    // As it would be if the disk had been full for the last three.
    co_await test.end();
    auto logs = test.source_->take_logs();
    auto store = History::open_store(test.context_.get_executor(), test.folder_.path());
    auto lost = co_await (*store)->write([&](store::Transaction& transaction) -> Result<> {
      std::vector<BlockInfo> blocks;
      {
        auto rows = blocks_of(transaction, 1);
        if (!rows) return forward(rows);
        while (rows->step().value_or(false)) blocks.push_back(BlockInfo::read(*rows));
      }
      Gap gap{MemorySource::id("a"), std::nullopt, std::nullopt, 3, std::string(lost_to_disk)};
      for (const BlockInfo& block : blocks) {
        if (block.last.seq <= all.seqs[9]) {
          gap.after = Cursor{block.last.seq, block.last.time, {}};
          continue;
        }
        gap.before = Cursor{block.last.seq + 1, block.last.time, {}};
        if (auto done = delete_block(transaction, block.key); !done) return done;
      }
      return put_gap(transaction, 1, gap);
    });
    EXPECT_TRUE(lost.has_value());
    co_await (*store)->close();
    store->reset();
    test.make_pipeline();
    test.source_->put_logs(std::move(logs));
    test.begin();
    test.add("a");
    co_await test.until([&] { return test.history_->ready(); });

    LogRequest tail = of("a");
    tail.tail = 5;
    EXPECT_EQ((co_await test.read(tail)).texts, numbered(8, 13)) << "the newest there are";
    EXPECT_EQ((co_await test.read(of("a"))).texts, numbered(0, 13));
    LogRequest back = of("a");
    back.descending = true;
    back.limit = 4;
    const Read newest = co_await test.read(back);
    EXPECT_EQ(newest.texts.front(), "line 12");
    EXPECT_EQ(newest.texts.back(), "line 9");
    EXPECT_EQ(test.history_->catalogue().sums().lines, 10U) << "they are lost to history";
    // From the next line on that is what is shown.
    test.write("a", "line 13");
    co_await test.stored(11);
    const Read later = co_await test.read(tail);
    EXPECT_EQ(later.texts.back(), "line 13");
    EXPECT_EQ(later.texts.front(), "line 6");
    EXPECT_EQ(later.gaps.size(), 1U);
  }(*this));
}

TEST_F(HistoryTest, FindsOutWhatWasRemovedWhileItWasDown) {
  run([](HistoryTest& test) -> Task<> {
    test.add("a");
    test.write("a", "line");
    co_await test.stored(1);
    co_await test.restart();
    co_await test.until([&] { return test.history_->ready(); });
    EXPECT_EQ(test.pipeline_->registry().with_removed()->front()->state, ContainerState::running)
        << "as far as is known";
    co_await test.pipeline_->registry().containers_listed(HostId("memory"), {});
    co_await test.until([&] {
      const auto all = test.pipeline_->registry().with_removed();
      return all->size() == 1 && all->front()->state == ContainerState::removed;
    });
    test.add("a");
    EXPECT_EQ(test.pipeline_->registry().find_removed(MemorySource::id("a")), nullptr) << "it is back";
    co_await test.until([&] { return !test.history_->catalogue().find(MemorySource::id("a"))->removed; });
  }(*this));
}

/// Who is owed every line must not take a source that gives no answer for the end of the log.
TEST_F(HistoryTest, TellsOfASourceThatGivesNoAnswerBehindWhatIsStored) {
  run([](HistoryTest& test) -> Task<> {
    test.add("a");
    for (std::size_t i = 0; i < 10; ++i) test.write("a", "line " + std::to_string(i));
    co_await test.stored(10);
    test.source_->refuse(Error{ErrorCode::unavailable, "the engine restarts"});
    auto reader = co_await test.pipeline_->origin().open_log(MemorySource::id("a"), {});
    std::size_t lines = 0;
    auto chunk = co_await (*reader)->next();
    for (; chunk && *chunk; chunk = co_await (*reader)->next()) lines += (*chunk)->batch.records.size();
    EXPECT_EQ(lines, 10U);
    EXPECT_FALSE(chunk.has_value());
    LogQuery tail;
    tail.tail = 3;
    EXPECT_EQ((co_await test.pipeline_->origin().open_log(MemorySource::id("a"), tail)).error().code,
              ErrorCode::unavailable);
  }(*this));
}

TEST_F(HistoryTest, GoesOnToWriteWhenSomebodyWhoWaitedForThatHasLeft) {
  run([](HistoryTest& test) -> Task<> {
    test.add("a");
    constexpr std::size_t rounds = 6;
    for (std::size_t round = 0; round < rounds; ++round) {
      test.write("a", "line " + std::to_string(round));
      co_await sleep_for(210ms);  // what was asked for lately is not asked for again
      TaskGroup waiting(test.context_.get_executor(), report());
      waiting.spawn("a search", test.history_->settle());
      // Wherever it stands then.
      if (round > 0) co_await sleep_for(std::chrono::microseconds(50U << round));
      waiting.cancel();
      co_await waiting.join();
    }
    co_await test.stored(rounds);
    EXPECT_EQ((co_await test.read(of("a"))).texts, numbered(0, rounds));
  }(*this));
}

/// Whatever is asked, history and source together answer as the source alone that has everything.
TEST_F(HistoryTest, AnswersAsTheSourceDoesWhereverThatIsStored) {
  run([](HistoryTest& test) -> Task<> {
    constexpr unsigned seed = 11;
    std::mt19937 random(seed);
    const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
    test.add("a");
    std::vector<Cursor> cursors;
    for (int round = 0; round < 6; ++round) {
      for (int i = 0; i < 120; ++i) {
        // The clock goes back now and then.
        if (below(40) == 0) test.now_ -= std::chrono::milliseconds(below(60));
        test.write("a", std::string(below(300), 'x') + std::to_string(i));
      }
      co_await test.stored(static_cast<std::uint64_t>(round + 1) * 120);
    }
    // And some that are not stored yet when they are read.
    for (int i = 0; i < 50; ++i) test.write("a", "late " + std::to_string(i));
    const ContainerId id = MemorySource::id("a");
    LogOrigin& source = test.pipeline_->source_origin();
    LogOrigin& both = test.pipeline_->origin();
    const auto lines = [](LogOrigin& origin, LogQuery query) -> Task<std::vector<std::pair<Seq, std::string>>> {
      std::vector<std::pair<Seq, std::string>> all;
      auto reader = co_await origin.open_log(MemorySource::id("a"), std::move(query));
      EXPECT_TRUE(reader.has_value());
      for (;;) {
        auto chunk = co_await (*reader)->next();
        EXPECT_TRUE(chunk.has_value());
        if (!chunk || !*chunk) co_return all;
        const Batch& batch = (*chunk)->batch;
        for (std::size_t i = (*chunk)->context; i < batch.records.size(); ++i)
          all.emplace_back(batch.records[i].seq, batch.text(batch.records[i]));
      }
    };
    const auto everything = co_await lines(source, {});
    EXPECT_EQ(everything.size(), 770U);
    EXPECT_EQ(co_await lines(both, {}), everything);
    auto reader = co_await source.open_log(id, {});
    for (auto chunk = co_await (*reader)->next(); *chunk; chunk = co_await (*reader)->next())
      for (const Record& record : (*chunk)->batch.records) cursors.push_back(Cursor::of(record, id));
    for (int i = 0; i < 400; ++i) {
      LogQuery query;
      const auto some_time = [&] {
        return cursors[below(cursors.size())].time + std::chrono::microseconds(static_cast<int>(below(3)) - 1);
      };
      if (below(2) == 0) query.after = cursors[below(cursors.size())];
      if (below(2) == 0) query.before = cursors[below(cursors.size())];
      if (below(4) == 0) query.from = some_time();
      if (below(4) == 0) query.to = some_time();
      if (below(4) == 0) query.since = some_time();
      if (below(4) == 0) query.until = some_time();
      if (below(2) == 0) query.tail = 1 + below(300);
      if (query.tail && below(2) == 0) query.tail_bytes = 1 + below(20000);
      query.chunk_bytes = 1 + below(5000);
      auto expected = co_await lines(source, query);
      const auto got = co_await lines(both, query);
      // A page by bytes may end where the stored lines do.
      if (query.tail_bytes && !got.empty() && got.size() < expected.size())
        expected.erase(expected.begin(), expected.end() - static_cast<std::ptrdiff_t>(got.size()));
      EXPECT_EQ(got, expected) << "query " << i;
      if (testing::Test::HasFailure()) co_return;
    }
  }(*this));
}

}  // namespace
}  // namespace taffrail::history
