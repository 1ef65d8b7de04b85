#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "history/archive/history_backup.hpp"
#include "history/archive/history_check.hpp"
#include "history/archive/line_export.hpp"
#include "history/archive/line_import.hpp"
#include "history/block/block_filter.hpp"
#include "history/block/block_fixture.hpp"
#include "history/history.hpp"
#include "history/stored_log.hpp"
#include "store/store_fixture.hpp"

namespace taffrail::history {
namespace {

namespace fs = std::filesystem;

/// A history of two logs with blocks of both kinds and hostile lines, and a gap.
class ArchiveTest : public store::StoreFixture {
 protected:
  void SetUp() override {
    auto opened = History::open_store(io_.get_executor(), folder_.path());
    ASSERT_TRUE(opened) << opened.error().detail;
    store_ = std::move(*opened);
    LineMaker make(77);
    RowWriter writer;
    Seq seq = 10;
    for (int log = 0; log < 2; ++log) {
      const LogRow row{ContainerId(HostId("h"), "c" + std::to_string(log)),
                       R"({"name":"name )" + std::to_string(log) + R"(","labels":{"a":"b"}})",
                       log == 1 ? std::optional(Time(std::chrono::seconds(1'790'000'500))) : std::nullopt,
                       {Time(std::chrono::seconds(1'795'000'000)), 90'000}};
      keys_.push_back(*run(store_->write([row](store::Transaction& t) { return put_log(t, row); })));
      for (int block = 0; block < 12; ++block) {
        Batch batch;
        for (std::size_t i = 0; i < 30; ++i) {
          const Time time(std::chrono::seconds(1'790'000'000 + static_cast<std::int64_t>(seq)));
          batch.append(time, make.below(2) == 0 ? text::StdStream::out : text::StdStream::err,
                       make.below(3) == 0 ? make.hostile_line() : make.service_line(), make.below(50) == 0);
          Record& record = batch.records.back();
          record.seq = seq;
          seq += 1 + make.below(5);
          if (make.below(9) == 0) record.time -= std::chrono::hours(1);
          record.level = static_cast<text::Level>(make.below(7));
          record.continues = make.below(6) == 0;
          record.head_level = record.continues ? text::Level::error : record.level;
          record.kind = static_cast<text::Kind>(make.below(3));
        }
        auto made = block % 2 == 0 ? writer.templates(batch) : writer.plain(batch);
        ASSERT_TRUE(made) << made.error().detail;
        auto block_key =
            run(store_->write([&](store::Transaction& t) { return insert_block(t, keys_.back(), *made); }));
        ASSERT_TRUE(block_key);
        blocks_.push_back(*block_key);
        seq += 100;
      }
    }
    const Gap gap{{}, Cursor{9, {}, {}}, Cursor{10, Time(std::chrono::seconds(1'790'000'010)), {}}, 4, "rotated"};
    ASSERT_TRUE(run(store_->write([&](store::Transaction& t) { return put_gap(t, keys_[0], gap); })));
  }
  void TearDown() override {
    if (store_) run(store_->close());
  }

  [[nodiscard]] fs::path file() const { return folder_.path() / "history.db"; }
  std::vector<std::string> faults(const fs::path& of) {
    std::vector<std::string> told;
    auto report = check_history(of, [&](const std::string& fault) { told.push_back(fault); });
    EXPECT_TRUE(report) << report.error().detail;
    if (report) EXPECT_EQ(report->faults, told.size());
    return told;
  }
  std::string exported(const fs::path& of, const ExportOptions& options = {}) {
    std::ostringstream out;
    auto report = export_lines(of, options, out);
    EXPECT_TRUE(report) << report.error().detail;
    return out.str();
  }
  static Result<ImportReport> import_text(const fs::path& into, const std::string& text) {
    std::istringstream in(text);
    return import_history(into, into.string() + ".metrics", in);
  }
  void change(const std::string& sql) {
    auto done = run(store_->write([sql](store::Transaction& t) { return t.run(sql); }));
    ASSERT_TRUE(done) << done.error().detail;
  }

  std::unique_ptr<store::Store> store_;
  std::vector<LogKey> keys_;
  std::vector<BlockKey> blocks_;
};

TEST_F(ArchiveTest, CopiesWhatIsStoredBesideTheServerAndFindsNothingWrongWithIt) {
  const fs::path copy = folder_.path() / "copy.db";
  auto copied = back_up(file(), ArchiveOf::lines, copy);
  ASSERT_TRUE(copied) << copied.error().detail;
  EXPECT_EQ(faults(copy), std::vector<std::string>());
  EXPECT_EQ(faults(file()), std::vector<std::string>());
  EXPECT_EQ(exported(copy), exported(file()));
  EXPECT_FALSE(fs::exists(copy.string() + "-wal")) << "it stands alone";
  EXPECT_EQ(back_up(file(), ArchiveOf::lines, copy).error().code, ErrorCode::conflict) << "a file that is there stays";
  EXPECT_EQ(back_up(folder_.path() / "none.db", ArchiveOf::lines, copy).error().code, ErrorCode::not_found);
}

TEST_F(ArchiveTest, TellsEachKindOfDamageWithItsPlace) {
  const auto only_fault = [&](const std::string& what) {
    const auto told = faults(file());
    ASSERT_EQ(told.size(), 1U) << what << ": " << (told.empty() ? "nothing" : told.back());
    EXPECT_NE(told[0].find(what), std::string::npos) << told[0];
  };
  const std::string third = std::to_string(blocks_[2]);
  const std::string part = std::to_string(part_key(blocks_[2], PartOf::text));
  const auto with = [&](const std::string& change_it, const std::string& what, const std::string& back) {
    change("CREATE TABLE saved AS SELECT * FROM " + back + "");
    change(change_it);
    ASSERT_NO_FATAL_FAILURE(only_fault(what)) << change_it;
    change("DELETE FROM " + back);
    change("INSERT INTO " + back + " SELECT * FROM saved");
    change("DROP TABLE saved");
  };
  with("UPDATE part SET bytes = CAST(substr(bytes, 1, length(bytes) - 1) || x'ee' AS BLOB) WHERE id = " + part,
       "block " + third + " of h/c0", "part");
  with("DELETE FROM part WHERE id = " + part, "is missing", "part");
  with("UPDATE block SET lines = lines + 1 WHERE id = " + third, "row", "block");
  with("UPDATE block SET roll_up = x'0102' WHERE id = " + third, "roll-up", "block");
  with("UPDATE filter SET bytes = CAST(substr(bytes, 1, length(bytes) - 1) || x'ee' AS BLOB) WHERE block = " + third,
       "checksum of its filter", "filter");
  with("DELETE FROM filter WHERE block = " + third, "filter is missing", "filter");
  with("INSERT INTO part VALUES (4000000, x'00')", "block 1000000", "part");
  with("INSERT INTO filter VALUES (1000000, x'00')", "block 1000000", "filter");
  with("UPDATE log SET last_seq = (SELECT max(last_seq) - 1 FROM block WHERE log = log.id) WHERE id = " +
           std::to_string(keys_[1]),
       "behind the last one", "log");
}

TEST_F(ArchiveTest, FindsAFilterThatHidesALine) {
  // A right checksum over wrong bits: what a fault of ours would look like.
  FilterKeys none;
  none.clear();
  const std::string empty = BlockFilter::build(none, 1000).encode();
  ASSERT_TRUE(run(store_->write([&](store::Transaction& t) {
    return t.run("UPDATE filter SET bytes = ?2 WHERE block = ?1", blocks_[4], std::as_bytes(std::span(empty)));
  })));
  const auto told = faults(file());
  EXPECT_TRUE(std::ranges::any_of(told, [](const std::string& fault) { return fault.contains("hides"); }));
}

TEST_F(ArchiveTest, WritesLinesFromWhichTheyAreMadeAgainAsTheyWere) {
  const std::string all = exported(file());
  const fs::path other = folder_.path() / "other.db";
  auto report = import_text(other, all);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->lines, 2U * 12 * 30);
  EXPECT_EQ(report->known, 0U);
  EXPECT_EQ(exported(other), all) << "names, places, bytes, levels, gaps and what the containers were";
  EXPECT_EQ(faults(other), std::vector<std::string>());
  // Once more, and what is cut off anywhere: nothing twice.
  auto again = import_text(other, all);
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(again->lines, 0U);
  EXPECT_EQ(again->known, report->lines);
  EXPECT_EQ(exported(other), all);
  const fs::path third = folder_.path() / "third.db";
  for (std::size_t end = 700; end < all.size() + 9000; end += 9000) (void)import_text(third, all.substr(0, end));
  EXPECT_EQ(exported(third), all);
  EXPECT_EQ(faults(third), std::vector<std::string>());
}

TEST_F(ArchiveTest, WritesWhatIsAskedForAndFillsWhatIsMissing) {
  const Time middle(std::chrono::seconds(1'790'001'500));
  const std::string late = exported(file(), {.wants = {}, .since = middle, .until = {}});
  const std::string early = exported(file(), {.wants = {}, .since = {}, .until = middle});
  const std::string one = exported(
      file(),
      {.wants = [](const Container& container) { return container.name == "name 1"; }, .since = {}, .until = {}});
  EXPECT_EQ(one.find(R"("c0")"), std::string::npos);
  const fs::path other = folder_.path() / "other.db";
  // The later ones first: the others take their places between and before them.
  for (const std::string* text : {&late, &one, &early}) {
    auto report = import_text(other, *text);
    ASSERT_TRUE(report) << report.error().detail;
  }
  const auto lines_of = [](const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
      if (line.starts_with(R"({"container")")) lines.push_back(line);
    return lines;
  };
  const auto told = faults(other);
  EXPECT_EQ(told, std::vector<std::string>());
  // Lines that state an earlier time than those around them come late: what lies in the range of a stored block is
  // taken for stored.
  const auto wanted = lines_of(exported(file()));
  const auto found = lines_of(exported(other));
  const std::set<std::string> known(wanted.begin(), wanted.end());
  EXPECT_TRUE(std::ranges::all_of(found, [&](const std::string& line) { return known.contains(line); }));
  EXPECT_EQ(std::set(found.begin(), found.end()).size(), found.size()) << "nothing twice";
  EXPECT_GE(found.size(), lines_of(late).size());
}

TEST_F(ArchiveTest, SaysWhichLineOfAnExportIsWrongAndKeepsWhatStandsBeforeIt) {
  const std::string all = exported(file());
  const std::size_t second = all.find('\n') + 1;
  const std::string log = all.substr(0, second);
  const fs::path other = folder_.path() / "other.db";
  const std::string line =
      R"({"container":"c0","time":"2026-09-21T00:00:00Z","seq":5,"stream":"stdout","level":"info","kind":"text","continues":false,"text":"x"})"
      "\n";
  for (const auto& [text, what] :
       std::vector<std::pair<std::string, std::string>>{{"hello\n", "line 1: it is no JSON"},
                                                        {line, "line 1: the first line"},
                                                        {R"({"log":{"host":"h"}})", "line 1: a log has"},
                                                        {log + line + line, "line 3: the names"},
                                                        {log + R"({"text":"x"})", "line 2: a line has"},
                                                        {log + std::string(3 << 20, 'x'), "line 2: it is longer"},
                                                        {log + R"({"gap":{"before_cursor":"?"}})", "line 2: a gap"}}) {
    auto failed = import_text(other, text);
    ASSERT_FALSE(failed) << text.substr(0, 100);
    EXPECT_EQ(failed.error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(failed.error().detail.starts_with(what)) << failed.error().detail;
  }
  EXPECT_NE(exported(other).find(R"("seq":5,)"), std::string::npos) << "what was right is stored";
}

TEST_F(ArchiveTest, RefusesAFileOfALaterVersionAndWritesNothing) {
  run(store_->close());
  store_.reset();
  {
    std::fstream raw(file(), std::ios::in | std::ios::out | std::ios::binary);
    raw.seekp(60);
    raw.write("\0\0\0\x63", 4);
  }
  const std::string before = store::content_of(file());
  EXPECT_EQ(check_history(file(), [](const std::string&) {}).error().code, ErrorCode::unsupported);
  EXPECT_EQ(back_up(file(), ArchiveOf::lines, folder_.path() / "copy.db").error().code, ErrorCode::unsupported);
  EXPECT_EQ(import_text(file(), "").error().code, ErrorCode::unsupported);
  EXPECT_EQ(History::open_store(io_.get_executor(), folder_.path()).error().code, ErrorCode::unsupported);
  EXPECT_EQ(store::content_of(file()), before);
}

}  // namespace
}  // namespace taffrail::history
