#include <random>
#include <thread>

#include "source/logfile/log_file_reader.hpp"
#include "source/logfile/plain_log_fixture.hpp"

namespace taffrail::logfile {
namespace {

TEST_F(PlainLogTest, ReadsTheSameLinesForwardsBackwardsAndFromAnyCursor) {
  std::mt19937 random(7);
  for (int i = 0; i < 3000; ++i)
    folder_.append("app.log",
                   stamp(i / 2) + " line " + std::to_string(i) + ' ' + std::string(random() % 200, 'x') + '\n');
  const auto all = read({});
  ASSERT_EQ(all.size(), 3000U);
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_LT(all[i - 1].seq, all[i].seq);
  EXPECT_LT(all.back().seq, Seq{1} << 53);
  EXPECT_EQ(to_rfc3339(all[7].time), "2026-11-21T09:10:08.000000000Z");

  EXPECT_EQ(read(tail(5)), std::vector<Seen>(all.end() - 5, all.end()));
  EXPECT_EQ(read(tail(1'000'000)), all);
  EXPECT_TRUE(read(tail(0)).empty());
  std::vector<Seen> backwards;
  LogQuery page = tail(271);
  for (auto part = read(page); !part.empty(); part = read(page)) {
    backwards.insert(backwards.begin(), part.begin(), part.end());
    page.before = cursor(part.front());
  }
  EXPECT_EQ(backwards, all);

  for (const std::size_t i : {0U, 1U, 1500U, 2999U}) {
    LogQuery after;
    after.after = cursor(all[i]);
    EXPECT_EQ(read(after), std::vector<Seen>(all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end()));
    after.tail = 3;
    EXPECT_EQ(read(after).size(), std::min<std::size_t>(3, all.size() - i - 1));
    LogQuery before;
    before.before = cursor(all[i]);
    EXPECT_EQ(read(before), std::vector<Seen>(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i)));
  }
}

TEST_F(PlainLogTest, FindsTimesByBisectionAsAReadingOfEverythingDoes) {
  std::mt19937 random(3);
  for (int i = 0; i < 20'000; ++i) {
    // A third of the lines states no time: it has that of the line before.
    folder_.append("app.log", (random() % 3 ? stamp(i) + " " : std::string("  at frame ")) +
                                  std::string(random() % 60, 'y') + '\n');
  }
  const auto all = read({});
  ASSERT_EQ(all.size(), 20'000U);
  for (const int second : {-1, 0, 1, 77, 9999, 19'998, 19'999, 30'000}) {
    const Time time = *parse_rfc3339(stamp(second));
    std::vector<Seen> since;
    std::vector<Seen> until;
    for (const Seen& line : all) (line.time >= time ? since : until).push_back(line);
    LogQuery query;
    query.since = time;
    EXPECT_EQ(read(query), since) << second;
    query = {};
    query.until = time;
    EXPECT_EQ(read(query), until) << second;
    query.tail = 10;
    EXPECT_EQ(read(query),
              std::vector<Seen>(until.end() - std::min<std::ptrdiff_t>(10, std::ssize(until)), until.end()));
  }
}

TEST_F(PlainLogTest, WaitsForALastLineWhereThatIsAskedFor) {
  folder_.append("app.log", "one\ntwo, unfinis");
  EXPECT_EQ(texts(read({})), std::vector<std::string>{"one"});
  LogQuery query = tail(2);
  query.wait_for_last_line = true;
  // What is written meanwhile makes it whole.
  const std::jthread writer([&] {
    std::this_thread::sleep_for(100ms);
    folder_.append("app.log", "hed\nthree");
  });
  EXPECT_EQ(texts(read(query)), (std::vector<std::string>{"one", "two, unfinished"}));
  EXPECT_EQ(texts(read(query)), (std::vector<std::string>{"two, unfinished", "three"}));
  // It is whole by now for everybody, and nobody waits.
  EXPECT_EQ(texts(read(tail(1))), std::vector<std::string>{"three"});
}

TEST_F(PlainLogTest, ReadsBackIntoRotatedFiles) {
  folder_.append("app.log", "one\ntwo\n");
  fs::rename(log_->options().path, folder_ / "app.log.2");
  folder_.append("app.log", "three\nfour, unfinished");
  fs::rename(log_->options().path, folder_ / "app.log.1");
  folder_.append("app.log", "five\nsix\n");
  folder_.append("app.log.conf", "no log\n");
  folder_.append("app.log.3.gz", "compressed\n");
  const auto status = status_of(log_->options().path);
  if (!status->has_birth()) GTEST_SKIP() << "the file system keeps no birth times";
  const auto all = read({});
  EXPECT_EQ(texts(all), (std::vector<std::string>{"one", "two", "three", "four, unfinished", "five", "six"}));
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_LT(all[i - 1].seq, all[i].seq);
  EXPECT_EQ(read(tail(3)), std::vector<Seen>(all.end() - 3, all.end()));
  for (std::size_t i = 0; i < all.size(); ++i) {
    LogQuery query;
    query.after = cursor(all[i]);
    EXPECT_EQ(read(query), std::vector<Seen>(all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end()));
    query = tail(2);
    query.before = cursor(all[i]);
    const auto some = static_cast<std::ptrdiff_t>(i);
    EXPECT_EQ(read(query), std::vector<Seen>(all.begin() + std::max<std::ptrdiff_t>(some - 2, 0), all.begin() + some));
  }
}

TEST_F(PlainLogTest, AnUnfinishedLineIsDeliveredOnlyWhenItWasLeftAlone) {
  folder_.append("app.log", "whole\nunfini");
  EXPECT_EQ(texts(read({})), std::vector<std::string>{"whole"});
  EXPECT_EQ(texts(read(tail(1))), std::vector<std::string>{"whole"});
  const LaterClock later;
  EXPECT_EQ(texts(read({}, later, log_)), (std::vector<std::string>{"whole", "unfini"}));
  EXPECT_EQ(texts(read(tail(1), later, log_)), std::vector<std::string>{"unfini"});
}

TEST_F(PlainLogTest, SurvivesHostileBytes) {
  folder_.append("app.log", std::string(100, '\0') + "after a hole\n");
  folder_.append("app.log", "\xff\xfe invalid \xc3\n\n\r\n" + std::string("nul \0 inside\n", 13));
  folder_.append("app.log", std::string(20 << 20, 'z') + "\nlast\n");
  const auto all = read({});
  ASSERT_EQ(all.size(), 7U);
  EXPECT_EQ(all[0].text, "after a hole");
  EXPECT_EQ(all[1].text, "\xff\xfe invalid \xc3");
  EXPECT_EQ(all[2].text, "");
  EXPECT_EQ(all[3].text, "");
  EXPECT_EQ(all[4].text, std::string("nul \0 inside", 12));
  EXPECT_EQ(all[5].text.size(), text::max_line_bytes);
  EXPECT_EQ(all[6].text, "last");
  EXPECT_EQ(read(tail(2)), std::vector<Seen>(all.end() - 2, all.end()));
}

TEST_F(PlainLogTest, FindsTimesBehindALongHole) {
  folder_.append("app.log",
                 std::string(3 << 20, '\0') + stamp(0) + " one\n" + stamp(1) + " two\n" + stamp(2) + " three\n");
  LogQuery query;
  query.until = parse_rfc3339(stamp(1));
  EXPECT_EQ(texts(read(query)), std::vector<std::string>{stamp(0) + " one"});
  query = {};
  query.since = parse_rfc3339(stamp(2));
  EXPECT_EQ(texts(read(query)), std::vector<std::string>{stamp(2) + " three"});
}

TEST_F(PlainLogTest, ImpossibleCursorsAndTimesGiveNothingOrWhatLiesBeyond) {
  folder_.append("app.log", stamp(0) + " one\n" + stamp(1) + " two\n");
  LogQuery query;
  query.after = Cursor{~Seq{0}, Time::max() - 1s, {}};
  EXPECT_TRUE(read(query).empty());
  query.after = Cursor{0, Time::min(), {}};
  EXPECT_EQ(read(query).size(), 2U);
  query.after = Cursor{~Seq{0}, *parse_rfc3339(stamp(0)), {}};  // from before the numbers began anew
  EXPECT_EQ(texts(read(query)), std::vector<std::string>{stamp(1) + " two"});
  query = {};
  query.before = Cursor{0, {}, {}};
  EXPECT_TRUE(read(query).empty());
  query = {};
  query.since = Time::max();
  EXPECT_TRUE(read(query).empty());
  query = {};
  query.until = Time::min();
  EXPECT_TRUE(read(query).empty());
}

TEST_F(PlainLogTest, AMissingFileOrAFolderIsAnErrorThatSaysSo) {
  EXPECT_THROW(read({}), std::runtime_error);
  fs::create_directory(log_->options().path);
  try {
    read({});
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("is no regular file"), std::string::npos);
  }
}

}  // namespace
}  // namespace taffrail::logfile
