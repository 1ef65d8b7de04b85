#include <gtest/gtest.h>

#include <array>

#include "source/logfile/line_decoder.hpp"
#include "source/logfile/plain_log_fixture.hpp"

// Plain files of UTF-16, as programs on Windows write them.

namespace taffrail::logfile {
namespace {

/// ASCII and Latin-1 bytes as UTF-16.
std::string utf16(std::string_view text, text::ByteOrder order) {
  std::string out;
  for (const char c : text) {
    const std::array<char, 2> unit = order == text::ByteOrder::little ? std::array{c, '\0'} : std::array{'\0', c};
    out.append(unit.data(), unit.size());
  }
  return out;
}
std::string mark_of(text::ByteOrder order) { return order == text::ByteOrder::little ? "\xFF\xFE" : "\xFE\xFF"; }

/// With blocks so small that a log of a few kilobytes has many.
LogOptions small_blocks(const std::string& path) {
  LogOptions options;
  options.path = path;
  options.index = {.block = 400, .exact = 2000, .sample = 400, .run_up = 400};
  return options;
}

class Utf16Log : public PlainLogTest, public testing::WithParamInterface<text::ByteOrder> {
 protected:
  void write(std::string_view text) { folder_.append("app.log", utf16(text, GetParam())); }
  void begin(std::string_view text) {
    folder_.append("app.log", mark_of(GetParam()));
    write(text);
  }
  /// Lines whose characters have bytes of a newline in them (U+0A0D stands in each), a second apart.
  std::vector<std::string> begin_long(int lines) {
    std::vector<std::string> all;
    begin("");
    for (int i = 0; i < lines; ++i) {
      const std::string head = stamp(i) + " INFO line " + std::to_string(i) + ' ';
      write(head);
      folder_.append("app.log", GetParam() == text::ByteOrder::little ? "\x0D\x0A" : "\x0A\x0D");
      write("\r\n");
      all.push_back(head + "\xE0\xA8\x8D");
    }
    return all;
  }
};

TEST_P(Utf16Log, EveryReadOfItGivesTheSameLinesByTheSameNames) {
  const std::vector<std::string> written = begin_long(200);
  log_ = std::make_shared<Log>(small_blocks(folder_ / "app.log"));
  const std::vector<Seen> tail_first = read(tail(7));
  const std::vector<Seen> all = read({});
  ASSERT_EQ(texts(all), written);
  EXPECT_EQ(tail_first, std::vector<Seen>(all.end() - 7, all.end()));
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(to_rfc3339(all[i].time).substr(0, 19) + "Z", stamp(static_cast<int>(i)));
    if (i > 0) EXPECT_EQ(all[i].seq - all[i - 1].seq, (i == 1 ? 2 : 0) + 2 * written[i - 1].size());
  }
  for (const std::size_t i : {0U, 1U, 57U, 120U, 198U}) {
    LogQuery query;
    query.after = cursor(all[i]);
    EXPECT_EQ(read(query), std::vector<Seen>(all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end()));
    query = tail(5);
    query.before = cursor(all[i]);
    EXPECT_EQ(read(query), std::vector<Seen>(all.begin() + static_cast<std::ptrdiff_t>(i < 5 ? 0 : i - 5),
                                             all.begin() + static_cast<std::ptrdiff_t>(i)));
    query = {};
    query.since = all[i].time;
    query.until = all[i].time + 1s;
    EXPECT_EQ(read(query), std::vector<Seen>(1, all[i]));
  }
  // A program started anew knows nothing and finds the same.
  EXPECT_EQ(read({}, clock_, std::make_shared<Log>(small_blocks(folder_ / "app.log"))), all);
}

TEST_P(Utf16Log, IsFollowedByteByByteFromNothingOn) {
  folder_.append("app.log", "");
  LogQuery query;
  query.follow = true;
  LogReading reading(log_, ContainerId("x"), query);
  const LogReading::Moment moment{.now = clock_.now(), .steady = clock_.steady_now()};
  ASSERT_TRUE(reading.open(moment).has_value());
  std::vector<Seen> lines;
  const auto look = [&] {
    for (bool at_end = false; !at_end;) {
      auto step = reading.read(moment);
      ASSERT_TRUE(step.has_value()) << step.error().detail;
      EXPECT_FALSE(step->chunk.gap.has_value());
      take(step->chunk, lines);
      at_end = step->chunk.at_end;
    }
  };
  for (const char byte : mark_of(GetParam()) + utf16("one\ntwo\r\nrest", GetParam())) {
    folder_.append("app.log", std::string(1, byte));
    look();
  }
  EXPECT_EQ(texts(lines), (std::vector<std::string>{"one", "two"}));
  write(" of it\n");
  look();
  EXPECT_EQ(texts(lines), (std::vector<std::string>{"one", "two", "rest of it"}));
  EXPECT_EQ(read({}), lines);
}

TEST_P(Utf16Log, RotatesIntoFilesOfOtherEncodingsAndBack) {
  begin("one\ntwo\n");
  LogQuery query;
  query.follow = true;
  LogReading reading(log_, ContainerId("x"), query);
  const LogReading::Moment moment{.now = clock_.now(), .steady = clock_.steady_now()};
  ASSERT_TRUE(reading.open(moment).has_value());
  std::vector<Seen> lines;
  const auto look = [&] {
    for (bool at_end = false; !at_end;) {
      auto step = reading.read(moment);
      ASSERT_TRUE(step.has_value()) << step.error().detail;
      take(step->chunk, lines);
      at_end = step->chunk.at_end;
    }
  };
  look();
  fs::rename(folder_ / "app.log", folder_ / "app.log.2");
  folder_.append("app.log", "three\nfour\n");
  look();
  fs::rename(folder_ / "app.log", folder_ / "app.log.1");
  begin("five\nsix\n");
  look();
  EXPECT_EQ(texts(lines), (std::vector<std::string>{"one", "two", "three", "four", "five", "six"}));
  EXPECT_EQ(read({}), lines);
  EXPECT_EQ(read(tail(3)), std::vector<Seen>(lines.begin() + 3, lines.end()));
  // What is written over it in place is read by its own mark, or none.
  fs::resize_file(folder_ / "app.log", 0);
  folder_.append("app.log", "seven\n");
  look();
  EXPECT_EQ(lines.back().text, "seven");
  fs::resize_file(folder_ / "app.log", 0);
  begin("8\n");
  look();
  EXPECT_EQ(lines.back().text, "8");
  EXPECT_EQ(read(tail(1)).at(0), lines.back());
}

TEST_P(Utf16Log, AnUnfinishedEndIsReadOnceQuietAndNeverWithinACharacter) {
  begin("one\nrest");
  const LaterClock later;
  EXPECT_EQ(texts(read({})), std::vector<std::string>{"one"}) << "it may still be written";
  EXPECT_EQ(texts(read({}, later, log_)), (std::vector<std::string>{"one", "rest"}));
  folder_.append("app.log", utf16("!", GetParam()).substr(0, 1));
  write("");
  folder_.append("app.log", utf16("!", GetParam()).substr(1));
  write("\n");
  EXPECT_EQ(texts(read({})), (std::vector<std::string>{"one", "rest", "!"}));
}

INSTANTIATE_TEST_SUITE_P(Orders, Utf16Log, testing::Values(text::ByteOrder::little, text::ByteOrder::big),
                         [](const auto& info) { return info.param == text::ByteOrder::little ? "little" : "big"; });

}  // namespace
}  // namespace taffrail::logfile
