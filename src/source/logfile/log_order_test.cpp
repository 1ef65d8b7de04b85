#include <gtest/gtest.h>

#include "source/logfile/json_log_writer.hpp"
#include "source/logfile/log_model.hpp"

namespace taffrail::logfile {
namespace {

using text::StdStream;

const Time epoch(1'795'252'205s);

/// One log and its readers.
class LogOrder : public testing::Test {
 protected:
  void begin(LogFormat format) {
    options_.format = format;
    options_.path = (folder_.path() / "app.log").string();
    log_ = std::make_shared<Log>(options_);
  }
  void append(const std::string& text) { std::ofstream(options_.path, std::ios::app | std::ios::binary) << text; }
  [[nodiscard]] LogReading::Moment moment() const { return {.now = now_, .steady = steady_}; }
  [[nodiscard]] LogReading open(LogQuery query) const {
    LogReading reading(log_, ContainerId("c"), std::move(query));
    EXPECT_TRUE(reading.open(moment()).has_value());
    return reading;
  }
  [[nodiscard]] std::vector<Told> read(LogQuery query) const {
    Given given;
    LogReading reading = open(std::move(query));
    given.read(reading, moment());
    return given.lines;
  }
  static LogQuery following(std::optional<std::uint64_t> tail = std::nullopt) {
    LogQuery query;
    query.follow = true;
    query.tail = tail;
    return query;
  }
  static std::vector<std::string> texts(const std::vector<Told>& lines) {
    std::vector<std::string> out;
    for (const Told& line : lines) out.push_back(line.text);
    return out;
  }
  using Texts = std::vector<std::string>;

  TemporaryFolder folder_;
  LogOptions options_;
  std::shared_ptr<Log> log_;
  Time now_ = std::chrono::system_clock::now() + 1h;  // later than the files that the tests write
  SteadyTime steady_{1h};
};

TEST_F(LogOrder, AClockSetBackByTenMinutesTakesNoLineFromAnyReaderAndGivesEachOneName) {
  begin(LogFormat::json_file);
  JsonLogWriter writer(options_.path, 1, false);
  Time clock = epoch;
  constexpr int count = 39'000;
  for (int i = 0; i < count; ++i) {
    if (i == 30'000) clock -= 10min;
    writer.line(clock += 20ms, StdStream::out, "line " + std::to_string(i) + std::string(80, '.'));
  }
  const std::vector<Told> all = read({});
  ASSERT_EQ(all.size(), std::size_t{count});
  for (std::size_t i = 1; i < all.size(); ++i) {
    ASSERT_LT(all[i - 1].seq, all[i].seq);
    ASSERT_LE(all[i - 1].place, all[i].place);
  }
  Given follower;
  LogReading following_three = open(following(3));
  follower.read(following_three, moment());
  EXPECT_EQ(difference(follower.lines, {all.end() - 3, all.end()}), "");
  std::vector<Told> pages;
  LogQuery page;
  page.tail = 1000;
  for (auto part = read(page); !part.empty(); part = read(page)) {
    pages.insert(pages.begin(), part.begin(), part.end());
    page.before = Cursor{part.front().seq, part.front().place, {}};
  }
  EXPECT_EQ(difference(pages, all), "");
}

TEST_F(LogOrder, AWindowInTimeHasTheLinesThatStateItWhereverTheyStand) {
  begin(LogFormat::plain);
  const auto line = [](const char* clock, const char* text) {
    return std::string("2026-11-21T") + clock + "Z " + text + "\n";
  };
  append(line("09:08:00", "one") + line("09:09:10", "two") + line("09:20:00", "three") + line("09:05:00", "four") +
         line("09:09:50", "five") + line("09:30:00", "six"));
  LogQuery window;
  window.since = parse_rfc3339("2026-11-21T09:09:00Z");
  window.until = parse_rfc3339("2026-11-21T09:10:00Z");
  EXPECT_EQ(texts(read(window)), (Texts{"2026-11-21T09:09:10Z two", "2026-11-21T09:09:50Z five"}));
  const std::vector<Told> all = read({});
  EXPECT_EQ(all[3].time, *parse_rfc3339("2026-11-21T09:05:00Z"));
  EXPECT_EQ(all[3].place, all[2].time);
}

TEST_F(LogOrder, LinesOlderThanTheirFileHaveThePlaceOfTheTimeThatTheyState) {
  // As of a file that was copied here just now, and is full of last week.
  begin(LogFormat::plain);
  append("2026-11-14T09:00:00Z one\n  its second line\n2026-11-14T09:00:01Z two\n");
  const std::vector<Told> all = read({});
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].place, *parse_rfc3339("2026-11-14T09:00:00Z"));
  EXPECT_EQ(all[1].place, all[0].place);
  EXPECT_EQ(all[2].place, *parse_rfc3339("2026-11-14T09:00:01Z"));
}

TEST_F(LogOrder, OneBogusDateFarAheadMovesNoOtherLineThere) {
  begin(LogFormat::plain);
  append("2026-11-21T09:00:00Z one\n2099-01-01T00:00:00Z two\n2026-11-21T09:00:02Z three\n");
  std::vector<Told> all = read({});
  EXPECT_EQ(all[1].time, *parse_rfc3339("2099-01-01T00:00:00Z"));
  EXPECT_EQ(all[1].place, all[0].place);
  EXPECT_EQ(all[2].place, all[2].time);
  append("2029-01-01T00:00:00Z four\n2029-01-01T00:00:01Z five\n");
  all = read({});
  EXPECT_EQ(all[3].place, all[2].place);
  EXPECT_EQ(all[4].place, all[4].time) << "two in a row are the clock";
}

TEST_F(LogOrder, TimesAtTheEdgesOfWhatThereIsGiveNoOtherLines) {
  begin(LogFormat::plain);
  append(
      "1678-01-01T00:00:00+23:59 one\n2026-11-21 09:00:00 two\n2261-12-31T23:59:59-23:59 three\n"
      "2261-12-31 23:59:59 four\n");
  const std::vector<Told> all = read({});
  EXPECT_EQ(all.size(), 4U);
  for (const Time bound : {Time::min(), Time::max(), all[0].time, all[2].time}) {
    LogQuery query;
    query.since = query.from = bound;
    EXPECT_EQ(difference(read(query), select(all, query)), "");
    query = {};
    query.until = query.to = bound;
    EXPECT_EQ(difference(read(query), select(all, query)), "");
  }
}

TEST_F(LogOrder, LinesWithoutAnyTimeKeepTheTimeAtWhichTheyWereFirstSeen) {
  begin(LogFormat::plain);
  append("one\n");
  Given follower;
  LogReading reading = open(following());
  follower.read(reading, moment());
  for (int i = 0; i < 20; ++i) {
    now_ += 1s;
    append("line " + std::to_string(i) + "\n");
    follower.read(reading, moment());
    EXPECT_EQ(follower.lines.back().time, now_);
  }
  now_ += 1h;
  EXPECT_EQ(difference(read({}), follower.lines), "");
  LogQuery last;
  last.tail = 5;
  EXPECT_EQ(difference(read(last), {follower.lines.end() - 5, follower.lines.end()}), "");
}

TEST_F(LogOrder, AFollowersLastLineWithoutANewlineComesAfterTwoQuietSecondsAndItsRestIsALineForAll) {
  begin(LogFormat::plain);
  append("2026-11-21T09:00:00Z one\nPassword: ");
  Given follower;
  LogReading reading = open(following());
  follower.read(reading, moment());
  EXPECT_EQ(texts(follower.lines), Texts{"2026-11-21T09:00:00Z one"});
  steady_ += 1900ms;
  follower.read(reading, moment());
  EXPECT_EQ(follower.lines.size(), 1U);
  steady_ += 200ms;
  follower.read(reading, moment());
  EXPECT_EQ(texts(follower.lines), (Texts{"2026-11-21T09:00:00Z one", "Password: "}));
  append("accepted\n2026-11-21T09:00:05Z two\n");
  follower.read(reading, moment());
  EXPECT_EQ(texts(follower.lines),
            (Texts{"2026-11-21T09:00:00Z one", "Password: ", "accepted", "2026-11-21T09:00:05Z two"}));
  EXPECT_EQ(difference(read({}), follower.lines), "");
  for (std::uint64_t tail = 0; tail < 4; ++tail) {
    LogQuery last;
    last.tail = tail;
    EXPECT_EQ(difference(read(last), {follower.lines.end() - static_cast<std::ptrdiff_t>(tail), follower.lines.end()}),
              "");
  }
}

TEST_F(LogOrder, ALargeLogIsNamedTheSameBySamplesAsByAPassOverAllOfIt) {
  for (const LogFormat format : {LogFormat::json_file, LogFormat::plain}) {
    begin(format);
    std::filesystem::remove(options_.path);
    std::mt19937 random(11);
    const auto draw = [&](int from, int to) { return std::uniform_int_distribution<int>(from, to)(random); };
    std::string text;
    Time clock = epoch;
    for (int i = 0; i < 20'000; ++i) {
      // Bursts within a tick, which raise names over each other.
      clock += draw(0, 5) == 0 ? 1ns * draw(0, 100'000'000) : 1ns * draw(0, 100);
      const std::string line = "n=" + std::to_string(i) + std::string(static_cast<std::size_t>(draw(0, 60)), '.');
      if (format == LogFormat::json_file)
        text += JsonLogWriter::row(clock, StdStream::out, line);
      else
        text += draw(0, 3) == 0 && i > 0 ? "  at " + line + "\n" : to_rfc3339(clock) + " " + line + "\n";
    }
    append(text);
    const std::vector<Told> all = read({});
    ASSERT_EQ(all.size(), 20'000U);
    options_.index = {.block = 2000, .exact = 8000, .sample = 16'000, .run_up = 4000};
    for (int i = 0; i < 60; ++i) {
      // Every other time nothing is known yet.
      if (i % 2 == 0) log_ = std::make_shared<Log>(options_);
      LogQuery query;
      const auto line = [&] { return all[static_cast<std::size_t>(draw(0, 19'999))]; };
      const Told one = line();
      const Told other = line();
      switch (draw(0, 5)) {
        case 0: query.after = Cursor{one.seq, one.place, {}}; break;
        case 1: query.before = Cursor{one.seq, one.place, {}}; break;
        case 2: query.from = one.place; break;
        case 3: query.since = std::min(one.time, other.time), query.until = std::max(one.time, other.time); break;
        case 4: query.to = one.place; break;
        default: break;
      }
      if (draw(0, 3) > 0) query.tail = static_cast<std::uint64_t>(draw(0, 3000));
      ASSERT_EQ(difference(read(query), select(all, query)), "") << "query " << i;
    }
  }
}

TEST_F(LogOrder, WhatAnIndexMayTakeOfMemoryIsBoundedAndNamesOutliveIt) {
  begin(LogFormat::json_file);
  JsonLogWriter writer(options_.path, 1, false);
  for (int i = 0; i < 5000; ++i) writer.line(epoch + 1ms * i, StdStream::out, std::to_string(i));
  options_.index.block = 200;
  Logs logs(10'000);
  log_ = logs.at(options_);
  const std::vector<Told> all = read({});
  EXPECT_GT(logs.memory(), 10'000U);
  logs.trim();
  EXPECT_LE(logs.memory(), 10'000U);
  EXPECT_EQ(difference(read({}), all), "");
  EXPECT_EQ(logs.at(options_), log_);
  logs.forget(options_.path);
  log_.reset();
  EXPECT_EQ(logs.memory(), 0U);
}

}  // namespace
}  // namespace taffrail::logfile
