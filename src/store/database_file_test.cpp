#include "store/database_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/stat.h>
#include <vector>

#include "store/store_fixture.hpp"

namespace taffrail::store {
namespace {

namespace fs = std::filesystem;

constexpr Migration schema[] = {
    {"rules", "CREATE TABLE rule(id INTEGER PRIMARY KEY, name TEXT)"},
    {"rules have a state",
     "ALTER TABLE rule ADD COLUMN state INTEGER NOT NULL DEFAULT 7; CREATE INDEX by_state ON rule(state)"},
    {"names are short", "UPDATE rule SET name = substr(name, 1, 3)"},
};

class DatabaseFileTest : public ::testing::Test {
 protected:
  [[nodiscard]] DatabaseFile file(std::size_t versions = 3) const {
    DatabaseFile described;
    described.path = path();
    described.migrations = std::span(schema).first(versions);
    return described;
  }
  [[nodiscard]] fs::path path() const { return folder_.path() / "rules.db"; }
  /// Makes the file at that version, with so many rules.
  void make(std::size_t versions, std::int64_t rules = 5000) {
    auto opened = open_database(file(versions));
    ASSERT_TRUE(opened.has_value()) << opened.error().detail;
    ASSERT_TRUE(opened->connection
                    .run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) "
                         "INSERT INTO rule(name) SELECT 'rule number ' || i FROM n",
                         rules)
                    .has_value());
  }
  void overwrite(std::uintmax_t offset, const std::string& bytes) {
    std::fstream out(path(), std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(static_cast<std::streamoff>(offset));
    out << bytes;
    ASSERT_TRUE(out.good());
  }
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
  }

  TemporaryFolder folder_;
};

TEST_F(DatabaseFileTest, IsMadeForItsOwnerOnlyAndLaidOutAsTheMeasurementsAdvise) {
  auto opened = open_database(file());
  ASSERT_TRUE(opened.has_value()) << opened.error().detail;
  EXPECT_EQ(opened->report.version_found, 0U);
  const std::pair<const char*, std::int64_t> expected[] = {
      {"PRAGMA page_size", 4096},   {"PRAGMA auto_vacuum", 2},  {"PRAGMA synchronous", 1},
      {"PRAGMA cache_size", -2000}, {"PRAGMA mmap_size", 0},    {"PRAGMA journal_size_limit", 16 << 20},
      {"PRAGMA user_version", 3},   {"PRAGMA foreign_keys", 1},
  };
  for (const auto& [pragma, value] : expected) EXPECT_EQ(opened->connection.number(pragma).value(), value) << pragma;
  auto journal = opened->connection.prepare("PRAGMA journal_mode");
  ASSERT_TRUE(journal.has_value());
  ASSERT_TRUE(journal->step().value());
  EXPECT_EQ(journal->text(0), "wal");
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat status{};
    ASSERT_EQ(stat((path().string() + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << suffix;
  }
}

TEST_F(DatabaseFileTest, IsBroughtUpToDateFromEveryVersion) {
  for (std::size_t from = 1; from <= 3; ++from) {
    fs::remove(path());
    make(from);
    auto opened = open_database(file());
    ASSERT_TRUE(opened.has_value()) << opened.error().detail;
    EXPECT_EQ(opened->report.version_found, from);
    EXPECT_EQ(opened->connection.number("PRAGMA user_version").value(), 3);
    EXPECT_EQ(opened->connection.number("SELECT count(*) FROM rule WHERE state = 7").value(), 5000) << "from " << from;
    // Rows that were there before the third step were changed by it; those that came after it were not.
    EXPECT_EQ(opened->connection.number("SELECT count(*) FROM rule WHERE length(name) = 3").value(),
              from < 3 ? 5000 : 0);
  }
}

TEST_F(DatabaseFileTest, StaysAtItsVersionWhenAStepFails) {
  make(1);
  const Migration broken[] = {
      schema[0], schema[1], {"a mistake", "INSERT INTO rule(name) VALUES ('x'); SELECT nothing"}};
  DatabaseFile described = file();
  described.migrations = broken;
  auto opened = open_database(described);
  ASSERT_FALSE(opened.has_value());
  EXPECT_NE(opened.error().detail.find("version 3 (a mistake)"), std::string::npos) << opened.error().detail;
  auto again = open_database(file(1));
  ASSERT_TRUE(again.has_value()) << again.error().detail;
  EXPECT_EQ(again->connection.number("SELECT count(*) FROM rule").value(), 5000);
  EXPECT_EQ(again->connection.number("SELECT count(*) FROM pragma_table_info('rule')").value(), 2) << "no state";
}

TEST_F(DatabaseFileTest, OfANewerVersionIsRefusedAndNotTouched) {
  make(3);
  const std::string before = content_of(path());
  ASSERT_FALSE(before.empty());
  auto opened = open_database(file(2));
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::unsupported);
  EXPECT_NE(opened.error().detail.find("its schema is 3, this one knows up to 2"), std::string::npos)
      << opened.error().detail;
  EXPECT_EQ(content_of(path()), before);
}

TEST_F(DatabaseFileTest, OfANewerVersionKeepsItsLogWhenItIsRefused) {
  auto writer = open_database(file());
  ASSERT_TRUE(writer.has_value());
  ASSERT_TRUE(writer->connection.run("INSERT INTO rule(name) VALUES ('in the log')").has_value());
  // What a killed process leaves behind.
  const fs::path left = folder_.path() / "left.db";
  fs::copy(path(), left);
  fs::copy(path().string() + "-wal", left.string() + "-wal");
  const std::string before = content_of(left) + content_of(left.string() + "-wal");
  DatabaseFile described = file(2);
  described.path = left;
  auto refused = open_database(described);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
  EXPECT_EQ(content_of(left) + content_of(left.string() + "-wal"), before);
}

TEST_F(DatabaseFileTest, OfAnotherProgramIsRefusedAndNotTouched) {
  {
    auto other = Connection::open(path(), Connection::Mode::create);
    ASSERT_TRUE(other.has_value());
    ASSERT_TRUE(other->run("CREATE TABLE t(x)").has_value());
  }
  const std::string before = content_of(path());
  auto opened = open_database(file());
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::conflict);
  EXPECT_NE(opened.error().detail.find("another program"), std::string::npos);
  EXPECT_EQ(content_of(path()), before);
}

TEST_F(DatabaseFileTest, IsSetAsideAndBegunAnewWhenItIsDamagedWhereverThatIs) {
  struct Damage {
    const char* where;
    std::uintmax_t page;
    std::size_t offset;
    std::size_t size;
  };
  for (const Damage& damage :
       {Damage{"the magic", 0, 0, 16}, Damage{"the whole first page", 0, 0, 4096},
        Damage{"the root of the schema", 0, 100, 64}, Damage{"a page in the middle", 20, 0, 4096},
        Damage{"some cells in the middle", 20, 8, 400}}) {
    SCOPED_TRACE(damage.where);
    for (const std::string& name : files()) fs::remove(folder_.path() / name);
    make(3);
    ASSERT_GT(fs::file_size(path()), 21U * 4096);
    overwrite(damage.page * 4096 + damage.offset, std::string(damage.size, '\x5A'));
    const std::string damaged = content_of(path());

    auto opened = open_database(file());
    ASSERT_TRUE(opened.has_value()) << opened.error().detail;
    ASSERT_TRUE(opened->report.set_aside.has_value());
    EXPECT_FALSE(opened->report.damage.empty());
    EXPECT_EQ(content_of(*opened->report.set_aside), damaged) << "what was there is kept as it was";
    EXPECT_EQ(opened->connection.number("SELECT count(*) FROM rule").value(), 0);
    EXPECT_EQ(opened->connection.number("PRAGMA user_version").value(), 3);
  }
}

TEST_F(DatabaseFileTest, TakesANameOfItsOwnForEveryDamagedFile) {
  for (int i = 0; i < 3; ++i) {
    std::ofstream(path()) << std::string(5000, 'x');
    auto opened = open_database(file());
    ASSERT_TRUE(opened.has_value()) << opened.error().detail;
    ASSERT_TRUE(opened->report.set_aside.has_value());
  }
  EXPECT_EQ(std::ranges::count_if(files(),
                                  [](const std::string& name) { return name.find(".damaged-") != std::string::npos; }),
            3);
}

TEST_F(DatabaseFileTest, SaysThatTheCheckHadNoTimeToSeeEverything) {
  make(3, 300'000);  // its check takes a hundred times as long as it is given
  DatabaseFile described = file();
  described.check_limit = std::chrono::milliseconds(1);
  auto opened = open_database(described);
  ASSERT_TRUE(opened.has_value()) << opened.error().detail;
  EXPECT_FALSE(opened->report.checked_whole);
  EXPECT_EQ(opened->connection.number("SELECT count(*) FROM rule").value(), 300'000);
}

TEST_F(DatabaseFileTest, IsCheckedWholeAfterDamageWasMetThatTheShortCheckMissed) {
  make(3);
  overwrite(std::uintmax_t{10} * 4096, std::string(std::size_t{15} * 4096, '\x5A'));
  DatabaseFile described = file();
  described.check_limit = std::chrono::milliseconds(0);
  {
    auto opened = open_database(described);
    ASSERT_TRUE(opened.has_value()) << opened.error().detail;
    ASSERT_FALSE(opened->report.set_aside.has_value());
    auto met = opened->connection.number("SELECT sum(length(name)) FROM rule");
    ASSERT_FALSE(met.has_value());
    ASSERT_EQ(met.error().code, ErrorCode::damaged) << met.error().detail;
    EXPECT_NE(met.error().detail.find("restart the server"), std::string::npos);
  }
  suspect(path());
  auto again = open_database(described);
  ASSERT_TRUE(again.has_value()) << again.error().detail;
  EXPECT_TRUE(again->report.set_aside.has_value());
  const auto names = files();
  EXPECT_EQ(std::ranges::count(names, "rules.db-suspect"), 0) << "the new file is above suspicion";
}

TEST_F(DatabaseFileTest, SaysWhyItCannotBeOpened) {
  DatabaseFile described = file();
  described.path = folder_.path() / "no such folder" / "rules.db";
  auto opened = open_database(described);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::not_found);
  described.path = folder_.path();
  opened = open_database(described);
  ASSERT_FALSE(opened.has_value());
  EXPECT_NE(opened.error().detail.find(folder_.path().string()), std::string::npos) << opened.error().detail;
}

TEST_F(DatabaseFileTest, TakesTheEmptyFileOfAProcessThatDiedWhileMakingIt) {
  std::ofstream(path()).flush();
  auto opened = open_database(file());
  ASSERT_TRUE(opened.has_value()) << opened.error().detail;
  EXPECT_FALSE(opened->report.set_aside.has_value());
}

}  // namespace
}  // namespace taffrail::store
