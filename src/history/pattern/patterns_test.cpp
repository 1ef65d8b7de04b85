#include "history/pattern/patterns.hpp"

#include <fmt/format.h>
#include <map>
#include <set>

#include "history/pattern/clusters.hpp"
#include "history/pattern/line_form.hpp"
#include "history/pattern/surprise.hpp"
#include "history/search/search_fixture.hpp"

namespace taffrail::history {
namespace {

using namespace std::chrono_literals;

/// What is said of a pattern, for a comparison.
struct Said {
  LevelTotals levels{};
  Time first = Time::max();
  Time last = Time::min();
  std::map<std::size_t, std::uint64_t> logs;
  bool operator==(const Said&) const = default;
};

class PatternsTest : public StoredLogs {
 protected:
  Patterns find(PatternRequest request) {
    auto patterns = run(find_patterns(*store_, workers_, std::move(request)));
    EXPECT_TRUE(patterns) << patterns.error().detail;
    return *patterns;
  }
  Patterns compare(ComparisonRequest request) {
    auto patterns = run(compare_patterns(*store_, workers_, std::move(request)));
    EXPECT_TRUE(patterns) << patterns.error().detail;
    return *patterns;
  }

  /// By the forms of all lines, one by one.
  std::map<std::string, Said> brute(const LineQuery& query) const {
    FormMaker maker;
    const std::vector<Line> lines = scan(query, false);
    std::vector<std::string> forms;
    for (const Line& line : lines) forms.emplace_back(maker.of_line(line.text));
    const std::set<std::string_view> set(forms.begin(), forms.end());
    const std::vector<std::string_view> each(set.begin(), set.end());
    const Clusters clusters = cluster_forms(each);
    std::map<std::string, Said> said;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const auto index = static_cast<std::size_t>(std::ranges::lower_bound(each, forms[i]) - each.begin());
      Said& one = said[clusters.forms[clusters.of[index]]];
      const Record& record = lines[i].record;
      ++one.levels[static_cast<std::size_t>(record.head_level)];
      one.first = std::min(one.first, record.time);
      one.last = std::max(one.last, record.time);
      const auto log = std::ranges::find(query.logs, lines[i].container, &QueriedLog::container);
      ++one.logs[static_cast<std::size_t>(log - query.logs.begin())];
    }
    return said;
  }
  static std::map<std::string, Said> said_of(const Patterns& patterns) {
    std::map<std::string, Said> said;
    for (const Pattern& pattern : patterns.patterns) {
      said[pattern.form] = {.levels = pattern.tally.levels,
                            .first = pattern.tally.first,
                            .last = pattern.tally.last,
                            .logs = {pattern.logs.begin(), pattern.logs.end()}};
    }
    return said;
  }
  static Time some_time(LineMaker& make) {
    return Time(Duration(first_time + static_cast<std::int64_t>(make.below(7'200'000'000'000))));
  }
  void add_text(std::size_t log, const std::vector<std::string>& lines, BlockInfo::Kind kind, Duration later = {}) {
    Batch batch = batch_of(lines);
    for (Record& record : batch.records) {
      record.time += later;
      record.place_time += later;
      record.seq = tick_of(record.time);
    }
    add(log, std::move(batch), kind);
  }
};

TEST_F(PatternsTest, AreThoseOfAllLinesOneByOne) {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    LineMaker make(500 + seed);
    clear();
    fill(make);
    for (int round = 0; round < 25; ++round) {
      const std::string asked = make.below(2) == 0 ? "" : condition(make);
      PatternRequest request{.query = query(asked)};
      request.limit = PatternRequest::max_limit;
      if (make.below(3) == 0) request.query.since = some_time(make);
      if (make.below(3) == 0) request.query.until = some_time(make);
      if (make.below(4) == 0) request.query.levels &= static_cast<std::uint32_t>(make.below(128));
      if (make.below(6) == 0) request.query.streams = 1U << make.below(2);
      const auto expected = brute(request.query);
      const Patterns found = find(request);
      const std::string what = fmt::format("seed {} round {} '{}'", seed, round, asked);
      ASSERT_EQ(found.found, expected.size()) << what;
      ASSERT_EQ(said_of(found), expected) << what;
      ASSERT_TRUE(found.complete && found.other_lines == 0 && found.damaged_lines == 0) << what;
    }
  }
}

TEST_F(PatternsTest, HaveAnExampleEachAndThoseWithMostLinesComeFirst) {
  LineMaker make(600);
  fill(make);
  const Patterns found = find({.query = query(""), .limit = 1000});
  FormMaker maker;
  std::uint64_t before = ~std::uint64_t{0};
  for (const Pattern& pattern : found.patterns) {
    ASSERT_TRUE(pattern.example);
    if (!pattern.form.contains(form_mark::word) && pattern.example->size() < Pattern::max_example) {
      EXPECT_EQ(maker.of_line(*pattern.example), pattern.form);
    }
    EXPECT_LE(pattern.tally.lines(), before);
    before = pattern.tally.lines();
  }
}

TEST_F(PatternsTest, AreNewWhereTheyWereNotThereBefore) {
  add_text(0, {"job 1 done", "job 2 done"}, BlockInfo::Kind::templates);
  add_text(0, {"job 3 done", "disk 4 full"}, BlockInfo::Kind::plain, 1h);
  PatternRequest request{.query = query("")};
  request.new_since = Time(Duration(first_time)) + 30min;
  const Patterns found = find(request);
  ASSERT_EQ(found.patterns.size(), 1U);
  EXPECT_EQ(show_form(found.patterns[0].form), "disk <*> full");
  EXPECT_EQ(found.lines, 4U);
}

TEST_F(PatternsTest, DoNotFallApartByBlocks) {
  // A place has few words in each block, many in all.
  for (int block = 0; block < 3; ++block) {
    std::vector<std::string> lines;
    for (int i = 0; i < 4; ++i)
      lines.push_back(fmt::format("user {}{} has logged in from 10.0.0.{}", static_cast<char>('a' + block),
                                  static_cast<char>('a' + i), i));
    add_text(static_cast<std::size_t>(block), lines, block == 1 ? BlockInfo::Kind::plain : BlockInfo::Kind::templates);
  }
  const Patterns found = find({.query = query("")});
  ASSERT_EQ(found.patterns.size(), 1U);
  EXPECT_EQ(show_form(found.patterns[0].form), "user <*> has logged in from <*>");
  EXPECT_EQ(found.patterns[0].tally.lines(), 12U);
  EXPECT_EQ(found.patterns[0].logs.size(), 3U);
}

TEST_F(PatternsTest, TellOfWhatIsDamagedAndGoOn) {
  LineMaker make(700);
  LogMaker lines(make);
  add(0, lines.next(40), BlockInfo::Kind::templates);
  const BlockKey key = add(0, lines.next(50), BlockInfo::Kind::templates);
  for (const PartOf part : {PartOf::text, PartOf::rows}) {
    ASSERT_TRUE(run(store_->write([key, part](store::Transaction& transaction) {
      return transaction.run("UPDATE part SET bytes = zeroblob(40) WHERE id = ?1", part_key(key, part));
    })));
    const Patterns found = find({.query = query("")});
    EXPECT_EQ(found.damaged_lines, 50U);
    EXPECT_EQ(found.lines, 40U);
  }
}

TEST_F(PatternsTest, HaveNoExampleWhereItsColumnsAreDamaged) {
  add_text(0, {"job 1 done"}, BlockInfo::Kind::templates);
  ASSERT_TRUE(run(store_->write([](store::Transaction& transaction) {
    return transaction.run("UPDATE part SET bytes = zeroblob(40) WHERE id = ?1", part_key(1, PartOf::digits));
  })));
  clear();
  const BlockKey key = add(0, batch_of({"job 1 done"}), BlockInfo::Kind::templates);
  ASSERT_TRUE(run(store_->write([key](store::Transaction& transaction) {
    return transaction.run("UPDATE part SET bytes = zeroblob(40) WHERE id = ?1", part_key(key, PartOf::digits));
  })));
  const Patterns found = find({.query = query("")});
  ASSERT_EQ(found.patterns.size(), 1U);
  EXPECT_FALSE(found.patterns[0].example);
}

TEST_F(PatternsTest, AreBoundedInNumber) {
  for (int block = 0; block < 3; ++block) {
    std::vector<std::string> lines;
    // Of other shapes each: there is nothing to put together.
    for (int i = 0; i < 5000; ++i) {
      std::string line;
      for (int n = block * 5000 + i; n > 0; n /= 3) line += "([{"[n % 3];
      lines.push_back(line + "end");
    }
    add_text(0, lines, BlockInfo::Kind::templates, 1h * block);
  }
  const Patterns found = find({.query = query("")});
  EXPECT_EQ(found.lines, 15'000U);
  // Two workers have as many each; what both have is one.
  EXPECT_EQ(found.found, FormCounts::max_forms);
  EXPECT_EQ(found.other_lines, 15'000U - FormCounts::max_forms);
}

TEST_F(PatternsTest, EndWhenTimeIsUp) {
  LineMaker make(900);
  fill(make);
  PatternRequest request{.query = query("")};
  request.most_time = 0s;
  const Patterns found = find(request);
  EXPECT_FALSE(found.complete);
  EXPECT_EQ(found.found, 0U);
}

TEST_F(PatternsTest, AreRankedByHowMuchTheirNumbersSurprise) {
  std::vector<std::string> usual(100, "request 7 served");
  add_text(0, usual, BlockInfo::Kind::templates);
  std::vector<std::string> incident(90, "request 8 served");
  for (int i = 0; i < 30; ++i) incident.push_back("connection 5 refused");
  add_text(0, incident, BlockInfo::Kind::templates, 1h);
  add_text(0, {"shutting down"}, BlockInfo::Kind::plain, 10min);
  ComparisonRequest request{.query = query(""), .base = query("")};
  const Time middle = Time(Duration(first_time)) + 30min;
  request.query.since = middle;
  request.base.until = middle;
  request.lengths = {30min, 30min};
  const Patterns found = compare(request);
  ASSERT_EQ(found.patterns.size(), 3U);
  EXPECT_EQ(show_form(found.patterns[0].form), "connection <*> refused");
  EXPECT_EQ(found.patterns[0].base_lines, 0U);
  // 2 * 30 * ln(30 / 15)
  EXPECT_NEAR(found.patterns[0].surprise, 41.589, 0.001);
  EXPECT_EQ(show_form(found.patterns[1].form), "shutting down");
  EXPECT_NEAR(found.patterns[1].surprise, -1.386, 0.001);
  EXPECT_EQ(found.patterns[1].example, "shutting down");
  EXPECT_LT(found.patterns[2].surprise, 0);
  EXPECT_EQ(found.lines, 120U);
  EXPECT_EQ(found.base_lines, 101U);
}

TEST(Surprise, IsThatOfTheTablesInDunning) {
  // Dunning 1993, table 2: "the swiss" 110 + 2442, 111 + 29114.
  EXPECT_NEAR(surprise_of_shares(110, 110 + 2442, 111, 111 + 29114), 270.72, 0.01);
  EXPECT_EQ(surprise_of_shares(0, 0, 5, 10), 0);
  EXPECT_NEAR(surprise_of_shares(10, 100, 20, 200), 0, 1e-9);
  EXPECT_NEAR(surprise_of_rates(10, 60, 20, 120), 0, 1e-9);
  EXPECT_EQ(surprise_of_rates(10, 0, 20, 120), 0);
}

TEST(Clusters, PartFormsByWordsOfWhichThereAreFew) {
  const auto of = [](const std::vector<std::string>& lines) {
    FormMaker maker;
    std::set<std::string> forms;
    for (const std::string& line : lines) forms.emplace(maker.of_line(line));
    const std::vector<std::string_view> each(forms.begin(), forms.end());
    std::set<std::string> shown;
    for (const std::string& form : cluster_forms(each).forms) shown.insert(show_form(form));
    return shown;
  };
  std::vector<std::string> users;
  for (const std::string name : {"ann", "bob", "cyd", "dan", "eve", "fay", "gus"}) {
    users.push_back("user " + name + " logged in");
    users.push_back("user " + name + " logged out");
  }
  using Set = std::set<std::string>;
  EXPECT_EQ(of(users), (Set{"user <*> logged in", "user <*> logged out"}));
  users.resize(12);
  EXPECT_EQ(of(users).size(), 12U);
  // What has little in common is no pattern.
  EXPECT_EQ(of({"a b c", "d e f", "g h i", "j k l", "m n o", "p q r", "s t u", "v w x"}).size(), 8U);
  // A quoted string is one word, however many it has.
  std::vector<std::string> paths;
  for (const std::string path : {"/a", "/b b", "/c", "/d d d", "/e", "/f", "/g"})
    paths.push_back(R"({"method":"GET","path":")" + path + R"(","ok":true})");
  EXPECT_EQ(of(paths), (Set{R"({"method":"GET","path":<*>,"ok":true})"}));
}

}  // namespace
}  // namespace taffrail::history
