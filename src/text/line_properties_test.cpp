// What a line is must not depend on how it came: on how its bytes were cut into reads, on the lines before a warm-up,
// on blanks, carriage returns and colours. Held over every line of docs/log-formats.md and traces in between.

#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "text/line.hpp"
#include "text/line_splitter.hpp"
#include "text/line_time.hpp"
#include "text/timestamp.hpp"

namespace taffrail::text {
namespace {

constexpr Time now{std::chrono::seconds(1'795'252'205)};

/// The lines of the page as a log: its examples (as they are written there) and its traces, over and over.
std::vector<std::string> a_log() {
  std::ifstream page(TAFFRAIL_DOCS "/log-formats.md");
  std::vector<std::string> examples;
  std::vector<std::string> log;
  std::string row;
  bool trace = false;
  while (std::getline(page, row)) {
    if (row.starts_with("```")) {
      trace = row == "```trace";
    } else if (trace) {
      log.push_back(row.substr(1));
    } else if (const auto open = row.find('`'); row.starts_with("| ") && open != std::string::npos) {
      examples.push_back(row.substr(open + 1, row.find("` |") - open - 1));
      if (examples.back().contains('\\')) examples.pop_back();  // escapes of the page, not of a log
    }
  }
  log.insert(log.end(), examples.begin(), examples.end());
  return log;
}

std::string time_of(std::string_view line) {
  const auto stated = stated_time(line, now);
  return stated ? std::to_string(stated->time.time_since_epoch().count()) : "none";
}

/// Calls look(line) for each line of the log and for others that differ from one by a few bytes near its beginning.
template <class Look>
void for_mutations(const std::vector<std::string>& log, Look look) {
  constexpr std::string_view bytes = "0123456789-:/.,_T Z+[](){}<>=\"'|aINFOerrPM\t\x1b\r\xE2\x80\xAF";
  std::minstd_rand random(17);
  for (const std::string& line : log) {
    look(line);
    for (int round = 0; round < 100 && !line.empty(); ++round) {
      std::string changed = line;
      for (unsigned count = 1 + (random() % 3); count > 0; --count)
        changed[random() % std::min<std::size_t>(changed.size(), 40)] = bytes[random() % bytes.size()];
      look(changed);
    }
  }
}

/// Of a date with two digits for month and day and a clock behind it, at the line's beginning.
bool begins_with_date(std::string_view line) {
  const auto is_digit = [&](std::size_t at) { return line[at] >= '0' && line[at] <= '9'; };
  if (line.size() < 12 || line[11] == ' ') return false;
  for (const std::size_t at : {0U, 1U, 2U, 3U, 5U, 6U, 8U, 9U})
    if (!is_digit(at)) return false;
  return line[4] == line[7] && std::string_view("-/.").contains(line[4]) && std::string_view("Tt_ ").contains(line[10]);
}

std::vector<LineInfo> classified(const std::vector<std::string>& log) {
  LineClassifier classifier;
  std::vector<LineInfo> infos;
  infos.reserve(log.size());
  for (const std::string& line : log) infos.push_back(classifier.classify(line, now, StdStream::out));
  return infos;
}

/// The same log with each line changed by `change` must be read the same.
template <class Change>
void expect_same(Change change) {
  const std::vector<std::string> log = a_log();
  ASSERT_GT(log.size(), 150U);
  std::vector<std::string> changed;
  changed.reserve(log.size());
  for (const std::string& line : log) changed.push_back(change(line));
  const auto before = classified(log);
  const auto after = classified(changed);
  for (std::size_t i = 0; i < log.size(); ++i) {
    EXPECT_EQ(to_string(after[i].level), to_string(before[i].level)) << changed[i];
    EXPECT_EQ(to_string(after[i].kind), to_string(before[i].kind)) << changed[i];
    EXPECT_EQ(after[i].continues, before[i].continues) << changed[i];
    EXPECT_EQ(time_of(changed[i]), time_of(log[i])) << changed[i];
  }
}

TEST(LineProperties, BlanksAndCarriageReturnsBehindChangeNothing) {
  expect_same([](const std::string& line) { return line + "\r"; });
  expect_same([](const std::string& line) { return line + "  \t \r\r"; });
}

TEST(LineProperties, ColoursChangeNothing) {
  expect_same([](const std::string& line) { return "\x1b[31m" + line + "\x1b[0m"; });
  expect_same([](const std::string& line) { return "\x1b[2K\x1b[1G" + line; });
  std::minstd_rand random(11);
  for (int round = 0; round < 20; ++round) {
    expect_same([&](std::string line) {
      // From the end to the start, so that none stands in another; and in no character of several bytes.
      std::size_t at = line.size() + 1;
      for (unsigned count = 1 + (random() % 4); count > 0 && at > 0; --count) {
        at = random() % at;
        while (at > 0 && at < line.size() && (static_cast<unsigned char>(line[at]) & 0xC0U) == 0x80U) --at;
        line.insert(at, "\x1b[1;33m");
      }
      return line;
    });
  }
}

// Most lines begin with a date and a clock of fixed places, which are read by these; a blank more makes the general
// reading take over.
TEST(LineProperties, ATimeOfFixedPlacesIsReadAsAnyOther) {
  std::size_t times = 0;
  for_mutations(a_log(), [&](const std::string& line) {
    if (!begins_with_date(line)) return;
    const auto usual = leading_timestamp(line, now);
    const auto general = leading_timestamp(line.substr(0, 10) + "  " + line.substr(11), now);
    ASSERT_EQ(usual.has_value(), general.has_value()) << line;
    if (!usual) return;
    ++times;
    EXPECT_EQ(usual->time, general->time) << line;
    EXPECT_EQ(usual->zoned, general->zoned) << line;
    EXPECT_EQ(usual->dated, general->dated) << line;
    EXPECT_EQ(usual->length + 1, general->length) << line;
  });
  EXPECT_GT(times, 1000U);
}

TEST(LineProperties, ABlankInFrontChangesNoTime) {
  for_mutations(a_log(), [](const std::string& line) { EXPECT_EQ(time_of(' ' + line), time_of(line)) << line; });
}

TEST(LineProperties, WhatAProgressDisplayShowedBeforeChangesNoHead) {
  for (const std::string& line : a_log()) {
    if (line.starts_with(' ') || line.starts_with('\t')) continue;
    const LineInfo expected = LineClassifier().classify(line, now, StdStream::out);
    const LineInfo got = LineClassifier().classify("hoisting 10%\r" + line, now, StdStream::out);
    EXPECT_EQ(got, expected) << line;
  }
}

TEST(LineProperties, CutsBetweenReadsChangeNothing) {
  const std::vector<std::string> log = a_log();
  std::string bytes;
  for (const std::string& line : log) bytes += line + '\n';
  const auto expected = classified(log);
  std::minstd_rand random(5);
  for (int round = 0; round < 50; ++round) {
    LineSplitter splitter;
    LineClassifier classifier;
    std::size_t next = 0;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t size = std::min<std::size_t>(1 + (random() % 97), bytes.size() - at);
      splitter.feed(std::string_view(bytes).substr(at, size), [&](const Line& line) {
        ASSERT_LT(next, expected.size());
        EXPECT_EQ(classifier.classify(line.bytes, now, StdStream::out), expected[next]) << line.bytes;
        ++next;
      });
      at += size;
    }
    ASSERT_EQ(next, expected.size());
  }
}

TEST(LineProperties, LinesBeforeTheWarmUpChangeNothing) {
  std::minstd_rand random(3);
  const std::vector<std::string> page = a_log();
  // Pieces of the page in any order, and long traces, so that the warm-up begins in the middle of everything.
  std::vector<std::string> log;
  while (log.size() < 3000) {
    const std::size_t from = random() % page.size();
    for (std::size_t i = from; i < std::min(from + 1 + random() % 30, page.size()); ++i) log.push_back(page[i]);
    const std::size_t frame = random() % page.size();
    const bool repeats = page[frame].starts_with(' ') || page[frame].starts_with('\t') || page[frame].starts_with('#');
    if (repeats) log.insert(log.end(), 90, page[frame]);
  }
  const auto whole = classified(log);
  for (std::size_t place = classifier_warm_up_lines; place < log.size(); ++place) {
    LineClassifier warmed;
    for (std::size_t i = place - classifier_warm_up_lines; i < place; ++i)
      (void)warmed.classify(log[i], now, StdStream::out);
    ASSERT_EQ(warmed.classify(log[place], now, StdStream::out), whole[place]) << place << ": " << log[place];
  }
}

}  // namespace
}  // namespace taffrail::text
