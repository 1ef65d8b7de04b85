#include "history/upkeep.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <optional>
#include <random>
#include <string>

#include "base/manual_clock.hpp"
#include "base/temporary_folder.hpp"
#include "base/timeout.hpp"
#include "history/history.hpp"
#include "history/metric/kept_age.hpp"

namespace taffrail::history {
namespace {

using namespace std::chrono_literals;

Seq next_seq = 1;

/// Lines of one log, a second apart.
Batch some_lines(std::size_t count, Time from, const std::string& text) {
  Batch batch;
  for (std::size_t i = 0; i < count; ++i) {
    batch.append(from + std::chrono::seconds(i), text::StdStream::out, text + ' ' + std::to_string(next_seq), false);
    batch.records.back().seq = next_seq++;
    batch.records.back().level = batch.records.back().head_level = text::Level::info;
  }
  return batch;
}

/// A database with logs, tidied by an Upkeep whose clock the test moves.
class UpkeepTest : public testing::Test {
 public:
  void run(Task<> body) {
    std::exception_ptr failure;
    bool done = false;
    auto whole = [](UpkeepTest& test, Task<> inner) -> Task<> {
      co_await std::move(inner);
      test.tasks_.cancel();
      co_await test.tasks_.join();
      co_await test.store_->close();
    };
    asio::co_spawn(context_, whole(*this, std::move(body)), [&](std::exception_ptr error) {
      failure = error;
      done = true;
    });
    context_.run_for(180s);
    if (failure) std::rethrow_exception(failure);
    ASSERT_TRUE(done) << "the test did not end";
  }
  /// @return its key
  Task<LogKey> add_log(const std::string& name, std::map<std::string, std::string> labels = {}) {
    auto key = co_await store_->write([name](store::Transaction& transaction) -> Result<LogKey> {
      auto done = transaction.run(
          "INSERT INTO log(host, container, about, last_seq, last_place) VALUES ('h', ?1, '{}', 0, 0)", name);
      if (!done) return forward(done);
      return transaction.last_row();
    });
    StoredLog log;
    log.key = key.value();
    Container container;
    container.id = ContainerId(HostId("h"), name);
    container.labels = std::move(labels);
    log.container = std::make_shared<const Container>(std::move(container));
    (void)catalogue_.put(std::move(log));
    co_return key.value();
  }
  Task<> add_block(LogKey log, Batch lines, bool plain) {
    RowWriter writer;
    auto row = plain ? writer.plain(lines) : writer.templates(lines);
    auto key =
        co_await store_->write([&](store::Transaction& transaction) { return insert_block(transaction, log, *row); });
    row->info.key = key.value();
    row->info.log = log;
    catalogue_.note_added(*catalogue_.find(log), row->info);
  }
  struct Stored {
    std::vector<BlockInfo> blocks;
    std::vector<std::string> texts;
  };
  Task<Stored> stored(LogKey log) {
    auto all = co_await store_->read(workers_, [log](store::Snapshot& snapshot) -> Result<Stored> {
      Stored found;
      auto row = blocks_of(snapshot, log);
      if (!row) return forward(row);
      while (row->step().value()) found.blocks.push_back(BlockInfo::read(*row));
      for (const BlockInfo& block : found.blocks) {
        auto lines = read_lines(snapshot, block);
        if (!lines) return forward(lines);
        for (const Record& record : lines->records) found.texts.emplace_back(lines->text(record));
      }
      return found;
    });
    EXPECT_TRUE(all.has_value());
    co_return all.value_or(Stored{});
  }
  /// What the database says of a log is what the catalogue says.
  Task<> check(LogKey log) {
    const Stored found = co_await stored(log);
    BlockSums sums;
    for (const BlockInfo& block : found.blocks) sums.add(block);
    const BlockSums& known = catalogue_.find(log)->sums;
    EXPECT_EQ(sums.blocks, known.blocks);
    EXPECT_EQ(sums.lines, known.lines);
    EXPECT_EQ(sums.size, known.size);
    EXPECT_EQ(sums.plain, known.plain);
    EXPECT_EQ(sums.small, known.small);
    const auto first = found.blocks.empty() ? std::optional<Place>() : found.blocks.front().first;
    EXPECT_EQ(catalogue_.find(log)->first, first);
  }
  Task<> until(std::function<bool()> holds) {
    for (int i = 0; i < 2000 && !holds(); ++i) co_await sleep_for(5ms);
    EXPECT_TRUE(holds());
  }
  void start() { tasks_.spawn("upkeep", upkeep_.run()); }

  TemporaryFolder folder_;
  asio::io_context context_{1};
  WorkerPool workers_{1};
  ManualClock clock_{Time(std::chrono::seconds(1'790'000'000))};
  std::unique_ptr<store::Store> store_ = std::move(*History::open_store(context_.get_executor(), folder_.path()));
  Catalogue catalogue_;
  Upkeep upkeep_{context_.get_executor(), *store_, workers_, clock_, catalogue_, [](const ContainerId&) {}};
  TaskGroup tasks_{context_.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; }};
};

TEST_F(UpkeepTest, MergesPlainBlocksWhenThereAreManyAndKeepsEveryLine) {
  run([](UpkeepTest& test) -> Task<> {
    const LogKey log = co_await test.add_log("a");
    const LogKey other = co_await test.add_log("b");
    const Time from = test.clock_.now();
    for (std::uint64_t i = 0; i < Upkeep::most_plain; ++i)
      co_await test.add_block(log, some_lines(3, from + std::chrono::seconds(3 * i), "hello"), true);
    for (int i = 0; i < 5; ++i) co_await test.add_block(other, some_lines(2, from, "few"), true);
    const Stored before = co_await test.stored(log);
    test.start();
    co_await test.until([&] { return test.upkeep_.state().merges == 1; });
    const Stored after = co_await test.stored(log);
    EXPECT_EQ(after.texts, before.texts);
    EXPECT_EQ(after.blocks.size(), 1U);
    EXPECT_EQ(after.blocks[0].kind, BlockInfo::Kind::templates);
    EXPECT_EQ(after.blocks[0].first, before.blocks.front().first);
    EXPECT_EQ(after.blocks[0].last, before.blocks.back().last);
    EXPECT_EQ((co_await test.stored(other)).blocks.size(), 5U) << "too few to be merged";
    co_await test.check(log);
    co_await test.check(other);
  }(*this));
}

TEST_F(UpkeepTest, MergesSmallBlocksAndPassesOverDamagedOnes) {
  run([](UpkeepTest& test) -> Task<> {
    const LogKey log = co_await test.add_log("a");
    for (std::uint64_t i = 0; i < 2 * Upkeep::most_small + 1; ++i)
      co_await test.add_block(log, some_lines(5, test.clock_.now(), "small"), false);
    const Stored before = co_await test.stored(log);
    const BlockKey bad = before.blocks[Upkeep::most_small].key;
    auto spoilt = co_await test.store_->write([bad](store::Transaction& transaction) -> Result<bool> {
      auto done = transaction.run("UPDATE part SET bytes = CAST(x'00' || substr(bytes, 2) AS BLOB) WHERE id = ?1",
                                  part_key(bad, PartOf::text));
      if (!done) return forward(done);
      return true;
    });
    EXPECT_TRUE(spoilt.has_value());
    test.start();
    co_await test.until([&] { return test.upkeep_.state().merges == 2; });
    EXPECT_EQ(test.upkeep_.state().damaged, 1U);
    EXPECT_EQ(test.catalogue_.find(log)->sums.blocks, 3U) << "the damaged one stands between them";
    EXPECT_EQ(test.catalogue_.find(log)->sums.lines, before.texts.size());
  }(*this));
}

TEST_F(UpkeepTest, TakesTheOldestBlocksOfThoseWhoHaveMoreThanTheirShare) {
  run([](UpkeepTest& test) -> Task<> {
    const LogKey quiet = co_await test.add_log("quiet");
    const LogKey chatty = co_await test.add_log("chatty");
    const LogKey other = co_await test.add_log("other");
    const Time from = test.clock_.now();
    co_await test.add_block(quiet, some_lines(20, from - 1h, "old and rare"), false);
    co_await test.add_block(other, some_lines(20, from - 2h, "older and rare"), false);
    for (int i = 0; i < 10; ++i)
      co_await test.add_block(chatty, some_lines(100, from + std::chrono::minutes(2 * i), "again and again"), false);
    const Stored before = co_await test.stored(chatty);
    const std::uint64_t all = test.catalogue_.sums().size;
    // Room for all but three and a half blocks of the chatty one.
    const std::uint64_t least = all - before.blocks[0].size * 7 / 2;
    test.upkeep_.set_retention({.bytes = least, .age = {}});
    test.start();
    co_await test.until([&] { return test.catalogue_.sums().size <= least; });
    co_await sleep_for(50ms);
    const Stored after = co_await test.stored(chatty);
    EXPECT_EQ(after.blocks.size(), 6U);
    EXPECT_TRUE(std::ranges::equal(after.texts, std::span(before.texts).last(after.texts.size()))) << "the newest";
    EXPECT_EQ(test.catalogue_.find(quiet)->sums.blocks, 1U);
    EXPECT_EQ(test.catalogue_.find(other)->sums.blocks, 1U);
    EXPECT_EQ(test.upkeep_.state().dropped_lines, 400U);
    co_await test.check(chatty);
  }(*this));
}

TEST_F(UpkeepTest, ForgetsALogSomeBlocksAtATimeAndGivesItsPagesBack) {
  run([](UpkeepTest& test) -> Task<> {
    const LogKey large = co_await test.add_log("large");
    const LogKey other = co_await test.add_log("other");
    std::mt19937_64 random(5);
    std::string noise;
    for (int i = 0; i < 16'000; ++i) noise += std::to_string(random());
    for (int i = 0; i < 60; ++i) {
      std::ranges::shuffle(noise, random);
      co_await test.add_block(large, some_lines(1, test.clock_.now(), noise), true);
    }
    co_await test.add_block(other, some_lines(20, test.clock_.now(), "stays"), false);
    const auto pages = [&]() -> Task<std::int64_t> {
      auto count = co_await test.store_->read(test.workers_, [](store::Snapshot& snapshot) -> Result<std::int64_t> {
        auto row = snapshot.query("PRAGMA page_count");
        if (!row) return forward(row);
        if (auto there = row->step(); !there) return forward(there);
        return row->integer(0);
      });
      co_return count.value();
    };
    EXPECT_GT(co_await pages(), 1500) << "more than the file may keep";
    test.catalogue_.find(large)->last = {test.clock_.now(), next_seq};
    const std::uint64_t before = test.store_->figures().transactions;
    test.start();
    EXPECT_TRUE((co_await test.upkeep_.forget(large)).has_value());
    EXPECT_GE(test.store_->figures().transactions - before, 4U) << "not all at once";
    EXPECT_EQ(test.catalogue_.find(large)->sums.blocks, 0U);
    EXPECT_EQ((co_await test.stored(large)).blocks.size(), 0U);
    EXPECT_EQ((co_await test.stored(other)).blocks.size(), 1U);
    EXPECT_EQ(test.upkeep_.state().dropped_lines, 0U) << "it was not retention";
    for (int i = 0; i < 2000 && co_await pages() > 1100; ++i) co_await sleep_for(5ms);
    EXPECT_LE(co_await pages(), 1100);
    co_await test.check(other);
  }(*this));
}

TEST_F(UpkeepTest, TakesWhatIsTooOldAndWhatALabelDoesNotAllow) {
  run([](UpkeepTest& test) -> Task<> {
    const LogKey usual = co_await test.add_log("usual");
    const LogKey brief = co_await test.add_log("brief", {{"taffrail.history", "30m"}});
    const LogKey little = co_await test.add_log("little", {{"taffrail.history", "1KiB"}});
    const Time now = test.clock_.now();
    for (const LogKey log : {usual, brief, little}) {
      co_await test.add_block(log, some_lines(60, now - 3h, "hours ago"), false);
      co_await test.add_block(log, some_lines(60, now - 1h, "an hour ago"), false);
      co_await test.add_block(log, some_lines(60, now, "now"), false);
    }
    test.upkeep_.set_retention({.bytes = 1ULL << 30, .age = 2h});
    test.start();
    const auto lines = [&](LogKey log) { return test.catalogue_.find(log)->sums.lines; };
    co_await test.until([&] { return lines(usual) == 120 && lines(brief) == 60 && lines(little) < 180; });
    EXPECT_LE(test.catalogue_.find(little)->sums.size, 1024U);
    // What was young enough is not for ever.
    test.clock_.advance(2h);
    test.upkeep_.notify();
    co_await test.until([&] { return lines(usual) == 60 && lines(brief) == 0; });
    co_await test.check(usual);
    co_await test.check(brief);
  }(*this));
}

TEST_F(UpkeepTest, DropsNothingBecauseAClockJumpsAndFollowsItADayLater) {
  run([](UpkeepTest& test) -> Task<> {
    const LogKey log = co_await test.add_log("a");
    co_await test.add_block(log, some_lines(60, test.clock_.now() - 40min, "before"), false);
    co_await test.add_block(log, some_lines(60, test.clock_.now() - 1min, "just now"), false);
    test.upkeep_.set_retention({.bytes = 1ULL << 30, .age = 1h});
    test.start();
    const auto lines = [&] { return test.catalogue_.find(log)->sums.lines; };
    const auto look = [&](Duration later) -> Task<> {
      test.clock_.advance(later);
      test.upkeep_.notify();
      co_await sleep_for(20ms);
    };
    co_await look(1min);
    for (const Duration jump : {Duration(24h), Duration(-24h), Duration(-48h), Duration(48h), Duration(24h)}) {
      test.clock_.set_ahead(jump);
      co_await look(2min);
      EXPECT_EQ(lines(), 120U) << "after a jump of " << jump / 1h << " hours";
    }
    co_await look(30min);
    EXPECT_EQ(lines(), 60U) << "time goes on as it did";
    co_await look(23h);
    co_await look(2h);
    co_await test.until([&] { return lines() == 0; });
  }(*this));
}

TEST_F(UpkeepTest, DropsNothingAtTheStartBecauseTheClockIsFarAheadOfWhatIsStored) {
  run([](UpkeepTest& test) -> Task<> {
    const LogKey log = co_await test.add_log("a");
    co_await test.add_block(log, some_lines(60, test.clock_.now() - 30h, "long ago"), false);
    test.upkeep_.set_retention({.bytes = 1ULL << 30, .age = 2h});
    test.start();
    co_await sleep_for(20ms);
    EXPECT_EQ(test.catalogue_.find(log)->sums.lines, 60U);
    test.clock_.advance(25h);
    test.upkeep_.notify();
    co_await test.until([&] { return test.catalogue_.find(log)->sums.lines == 0; });
  }(*this));
}

TEST_F(UpkeepTest, DropsNothingAfterARestartUnderAClockThatWasSetForwardBeforeIt) {
  run([](UpkeepTest& test) -> Task<> {
    const LogKey log = co_await test.add_log("a");
    co_await test.add_block(log, some_lines(60, test.clock_.now() - 30min, "before"), false);
    const Retention retention{.bytes = 1ULL << 30, .age = 2h};
    test.upkeep_.set_retention(retention);
    test.start();
    std::optional<Time> kept;
    for (int i = 0; i < 2000 && !kept; ++i) {
      co_await sleep_for(5ms);
      kept = (co_await test.store_->read(test.workers_, read_age)).value();
    }
    EXPECT_EQ(kept, test.clock_.now());
    test.clock_.set_ahead(24h * 365);
    co_await test.add_block(log, some_lines(60, test.clock_.now() - 60s, "under the wrong clock"), false);
    Upkeep next(test.context_.get_executor(), *test.store_, test.workers_, test.clock_, test.catalogue_,
                [](const ContainerId&) {});
    next.set_retention(retention);
    TaskGroup tasks(test.context_.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; });
    tasks.spawn("upkeep after a restart", next.run());
    co_await sleep_for(50ms);
    EXPECT_EQ(test.catalogue_.find(log)->sums.lines, 120U);
    test.clock_.set_ahead(-24h * 365);
    test.clock_.advance(2h);
    next.notify();
    co_await test.until([&] { return test.catalogue_.find(log)->sums.lines == 60; });
    tasks.cancel();
    co_await tasks.join();
  }(*this));
}

TEST_F(UpkeepTest, DropsWhatGotTooOldWhileTheMachineWasOffOnceTheClockIsKnownToBeRight) {
  run([](UpkeepTest& test) -> Task<> {
    const LogKey log = co_await test.add_log("a");
    co_await test.add_block(log, some_lines(60, test.clock_.now() - 73h, "before"), false);
    co_await test.add_block(log, some_lines(60, test.clock_.now() - 72h, "when it was shut down"), false);
    test.upkeep_.set_retention({.bytes = 1ULL << 30, .age = 72h + 30min});
    test.clock_.set_disciplined(true);
    test.start();
    co_await sleep_for(20ms);
    const auto lines = [&] { return test.catalogue_.find(log)->sums.lines; };
    EXPECT_EQ(lines(), 120U);
    test.clock_.advance(1h);
    test.upkeep_.notify();
    co_await test.until([&] { return lines() == 0; });
  }(*this));
}

TEST_F(UpkeepTest, MakesRoomOnADiskThatIsFullAndKeepsHalfWhateverOthersDo) {
  run([](UpkeepTest& test) -> Task<> {
    const LogKey log = co_await test.add_log("a");
    std::mt19937_64 random(5);
    for (int i = 0; i < 40; ++i) {
      Batch lines = some_lines(600, test.clock_.now() - 50min, std::string(100, '.'));
      for (char& c : lines.bytes)
        if (c == '.') c = static_cast<char>('a' + random() % 26);
      co_await test.add_block(log, std::move(lines), i % 2 == 0);  // of both kinds, so that nothing is merged
    }
    test.start();
    co_await sleep_for(20ms);
    const auto& sums = test.catalogue_.find(log)->sums;
    const std::uint64_t before = sums.size;
    test.upkeep_.make_room(before / 8);
    co_await test.until([&] { return sums.size <= before - before / 8; });
    co_await sleep_for(20ms);
    EXPECT_GE(sums.size, before - before / 3) << "no more than is wanted";
    const std::uint64_t then = sums.size;
    test.upkeep_.make_room(before / 8);
    co_await sleep_for(20ms);
    EXPECT_EQ(sums.size, then) << "that much is free in the file";
    test.upkeep_.make_room(1ULL << 30);
    co_await test.until([&] { return sums.size <= before / 2 + before / 8; });
    co_await sleep_for(20ms);
    EXPECT_GE(sums.size, before / 2 - before / 8) << "half of it stays, but for a transaction";
    co_await test.check(log);
  }(*this));
}

}  // namespace
}  // namespace taffrail::history
