#include "history/salvage.hpp"

#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "history/history.hpp"
#include "history/stored_log.hpp"
#include "store/store_fixture.hpp"
#include "store/store_limits.hpp"

namespace taffrail::history {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t page_bytes = store::limits::page_bytes;

/// A history of some logs with blocks of both kinds, whose file is damaged in copies.
class SalvageTest : public store::StoreFixture {
 protected:
  void SetUp() override {
    const auto store = open_history(folder_.path() / "whole");
    RowWriter writer;
    std::mt19937_64 random(3);
    Seq seq = 1;
    for (int log = 0; log < 3; ++log) {
      const LogRow row{ContainerId(HostId("h"), "c" + std::to_string(log)), R"({"name":"n"})", {}, {}};
      const LogKey key = *run(store->write([row](store::Transaction& t) { return put_log(t, row); }));
      for (int block = 0; block < 40; ++block) {
        Batch batch;
        const std::size_t lines = block % 10 == 0 ? 400 : 12;
        for (std::size_t i = 0; i < lines; ++i) {
          std::string text = "line " + std::to_string(seq) + " of " + std::to_string(random());
          batch.append(Time(std::chrono::seconds(1'790'000'000 + seq)), text::StdStream::out, text, false);
          batch.records.back().seq = seq;
          texts_[row.id.str()].emplace(seq++, std::move(text));
        }
        auto made = block % 2 == 0 ? writer.templates(batch) : writer.plain(batch);
        ASSERT_TRUE(run(store->write([key, &made](store::Transaction& t) { return insert_block(t, key, *made); })));
      }
    }
    run(store->close());
    bytes_ = store::content_of(folder_.path() / "whole" / "history.db");
    ASSERT_EQ(bytes_.size() % page_bytes, 0U);
  }

  std::unique_ptr<store::Store> open_history(const fs::path& folder) {
    fs::create_directories(folder);
    auto opened = History::open_store(io_.get_executor(), folder);
    EXPECT_TRUE(opened) << opened.error().detail;
    return std::move(*opened);
  }

  struct Found {
    std::size_t lines = 0;
    std::size_t unreadable = 0;
    Salvaged told;
  };
  /// Takes a damaged file over, and holds all that comes of it against what was stored.
  Found salvage(const std::string& bytes) {
    const fs::path folder = folder_.path() / "new";
    fs::remove_all(folder);
    const fs::path damaged = folder_.path() / "damaged.db";
    for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(damaged.string() + suffix);
    std::ofstream(damaged, std::ios::binary) << bytes;
    const auto store = open_history(folder);
    Found found;
    // Twice: what was broken off is begun again, and takes nothing twice.
    for (int round = 0; round < 2; ++round) {
      auto done = run(Salvage(*store, workers_, damaged).run());
      EXPECT_TRUE(done) << done.error().detail;
      if (done && round == 0) found.told = *done;
    }
    const auto read = run(store->read(workers_, [&](store::Snapshot& snapshot) { return read_all(snapshot); }));
    EXPECT_TRUE(read) << read.error().detail;
    if (read) {
      found.lines = read->lines;
      found.unreadable = read->unreadable;
    }
    EXPECT_EQ(found.lines, found.told.lines);
    run(store->close());
    return found;
  }

  Result<Found> read_all(store::Snapshot& snapshot) {
    Found found;
    auto logs = Catalogue::load(snapshot);
    if (!logs) return forward(logs);
    for (const StoredLog& log : *logs) {
      const auto& texts = texts_[log.container->id.str()];
      auto rows = blocks_of(snapshot, log.key);
      if (!rows) return forward(rows);
      std::vector<BlockInfo> blocks;
      while (*rows->step()) blocks.push_back(BlockInfo::read(*rows));
      Seq last = 0;
      for (const BlockInfo& block : blocks) {
        EXPECT_GT(block.first.seq, last);
        last = block.last.seq;
        const auto lines = read_lines(snapshot, block);
        if (!lines) {
          EXPECT_EQ(lines.error().code, ErrorCode::damaged);
          ++found.unreadable;
          continue;
        }
        for (const Record& record : lines->records) {
          const auto text = texts.find(record.seq);
          EXPECT_TRUE(text != texts.end() && text->second == lines->text(record)) << "a line that nobody wrote";
          ++found.lines;
        }
      }
    }
    return found;
  }
  [[nodiscard]] std::size_t all_lines() const {
    std::size_t lines = 0;
    for (const auto& [id, texts] : texts_) lines += texts.size();
    return lines;
  }

  std::map<std::string, std::map<Seq, std::string>> texts_;
  std::string bytes_;
};

TEST_F(SalvageTest, LosesNoMoreThanWhatStandsOnAPage) {
  EXPECT_EQ(salvage(bytes_).lines, all_lines());
  const std::size_t pages = bytes_.size() / page_bytes;
  ASSERT_GT(pages, 40U);
  std::size_t lost = 0;
  for (std::size_t page = 0; page < pages; ++page) {
    std::string spoilt = bytes_;
    spoilt.replace(page * page_bytes, page_bytes, page_bytes, '\0');
    const Found found = salvage(spoilt);
    // A page has the rows of some dozen blocks, or the parts of three small ones, or a piece of a large one's. Rows are
    // made again from their parts.
    EXPECT_GE(found.lines + 500, all_lines()) << "page " << page + 1 << " of " << pages;
    lost += all_lines() - found.lines;
  }
  // Each of the parts is on some page.
  EXPECT_GE(lost, all_lines() / 2);
}

TEST_F(SalvageTest, GivesNoLineThatNobodyWroteWhateverBitsAreFlipped) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 60; ++round) {
    std::string spoilt = bytes_;
    for (int flip = 0; flip < 1 + round; ++flip) {
      char& byte = spoilt[random() % spoilt.size()];
      byte = static_cast<char>(byte ^ (1 << random() % 8));
    }
    if (round % 4 == 0) spoilt.resize(random() % spoilt.size());
    if (round % 5 == 0)
      for (std::size_t at = random() % (spoilt.size() + 1); at < spoilt.size() && at % page_bytes != 0; ++at)
        spoilt[at] = static_cast<char>(random());
    (void)salvage(spoilt);
  }
}

TEST_F(SalvageTest, IsDoneByTheServerThatFindsTheDamageAndByTheNextOneIfNeedBe) {
  const fs::path folder = folder_.path() / "server";
  fs::create_directories(folder);
  std::string spoilt = bytes_;
  // The root of the tables: nothing can be read by SQLite any more.
  spoilt.replace(0, page_bytes, page_bytes, 'x');
  std::ofstream(folder / "history.db", std::ios::binary) << spoilt;
  {
    // It is killed before it comes to that.
    const auto store = open_history(folder);
    EXPECT_TRUE(store->opened().set_aside);
    run(store->close());
  }
  const auto store = open_history(folder);
  EXPECT_FALSE(store->opened().set_aside);
  run(salvage_as_ordered(*store, workers_));
  const auto read = run(store->read(workers_, [&](store::Snapshot& snapshot) { return read_all(snapshot); }));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->lines, all_lines());
  EXPECT_FALSE(fs::exists(folder / "history.db-salvage"));
  run(store->close());
}

}  // namespace
}  // namespace taffrail::history
