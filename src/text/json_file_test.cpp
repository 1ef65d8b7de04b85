#include "text/json_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "text/json_string.hpp"
#include "text/test_lines.hpp"
#include "text/utf8.hpp"

namespace taffrail::text {
namespace {

using testing::ElementsAre;

std::string row(std::string_view escaped_log, int tenth, std::string_view stream = "stdout") {
  return R"({"log":")" + std::string(escaped_log) + R"(","stream":")" + std::string(stream) +
         R"(","time":"2026-11-21T09:10:05.)" + std::to_string(tenth) + "Z\"}";
}

struct Decoded {
  std::vector<std::string> lines;
  std::uint64_t corrupt = 0;
};
Decoded decode(std::string_view bytes, std::size_t step, bool finish = true) {
  JsonFileDecoder decoder;
  CollectedLines got;
  for (std::size_t i = 0; i < bytes.size(); i += step) decoder.feed(bytes.substr(i, step), got);
  if (finish) decoder.finish(got);
  return {got.lines, decoder.corrupt_rows()};
}

TEST(JsonFile, JoinsPartsPerStreamWhateverTheChunks) {
  const std::string bytes = row("one\\n", 1) + "\n" + row("long ", 2) + "\n" + row("warn\\n", 3, "stderr") + "\n" +
                            row("li\\\"n\\\"e\\n", 4) + "\n" + row("\\n", 5) + "\n" + row("open", 6, "stderr") + "\n" +
                            row("torn\\n", 7).substr(0, 40);
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    const Decoded got = decode(bytes, step);
    ASSERT_THAT(got.lines, ElementsAre("out|09:10:05.1|one", "err|09:10:05.3|warn", "out|09:10:05.2|long li\"n\"e",
                                       "out|09:10:05.5|", "err|09:10:05.6|open"))
        << step;
    ASSERT_EQ(got.corrupt, 0U);
  }
}

TEST(JsonFile, ATornLastRowWaitsForItsRest) {
  JsonFileDecoder decoder;
  CollectedLines got;
  const std::string whole = row("later\\n", 1);
  decoder.feed(whole.substr(0, 20), got);
  EXPECT_TRUE(got.lines.empty());
  decoder.feed(whole.substr(20) + "\n", got);
  EXPECT_THAT(got.lines, ElementsAre("out|09:10:05.1|later"));
}

TEST(JsonFile, UndoesEveryEscape) {
  const std::vector<std::pair<std::string_view, std::string_view>> table{
      {R"(tab\tquote\"back\\slash\/)", "tab\tquote\"back\\slash/"},
      {R"(\b\f\r)", "\b\f\r"},
      {R"(\u003cb\u003e \u0026 \u2028)", "<b> & \u2028"},
      {R"(\u001b[31mred)", "\x1b[31mred"},
      {R"(caf\u00e9 \ud83d\udea2 \ufffd)", "caf\u00e9 \U0001F6A2 \uFFFD"},
      {R"(\ud83d alone \udea2 \ud83d\u0041)", "\uFFFD alone \uFFFD \uFFFDA"},
      {"raw \xff bytes and \xC3\xA9", "raw \xff bytes and \xC3\xA9"},
      {R"(two\nlines)", "two|lines"},
  };
  for (const auto& [escaped, expected] : table) {
    std::string joined;
    for (const std::string& line : decode(row(std::string(escaped) + "\\n", 1) + "\n", 1000).lines)
      joined += (joined.empty() ? "" : "|") + line.substr(15);
    EXPECT_EQ(joined, expected) << escaped;
  }
}

TEST(JsonFile, OtherFormsOfARowAreReadToo) {
  const std::string_view time = R"("time":"2026-11-21T09:10:05.1Z")";
  for (const std::string& bytes : {
           R"({"log":"a\n","stream":"stdout","attrs":{"tag":"x\"}","k":"v"},)" + std::string(time) + "}",
           R"({"log":"a\n","stream":"stdout","attrs":{},)" + std::string(time) + "}",
           R"({)" + std::string(time) + R"(,"stream":"stdout","log":"a\n"})",
           R"({ "log": "a\n", "stream": "stdout", )" + std::string(time) + " }",
           R"({"log":"a\n",)" + std::string(time) + "}",
           R"({"log":"a\n","extra":{"log":[1]},"stream":"stdout",)" + std::string(time) + "}\r",
           std::string(7, '\0') + R"({"log":"a\n","stream":"stdout",)" + std::string(time) + "}",
       }) {
    const Decoded got = decode(bytes + "\n", 1000);
    EXPECT_THAT(got.lines, ElementsAre("out|09:10:05.1|a")) << bytes;
    EXPECT_EQ(got.corrupt, 0U) << bytes;
  }
}

TEST(JsonFile, ACorruptRowIsSkippedAndCounted) {
  for (const std::string& bad : {std::string(), std::string("x"), std::string("{}"), std::string("[]"),
                                 row("a\\x\\n", 1), row("a\\u12\\n", 1), row("a\\n", 1, "stdin"), row("a\\n", 1) + "x",
                                 std::string(R"({"log":"a\n","stream":"stdout","time":"yesterday"})"),
                                 std::string(R"({"log":5,"stream":"stdout","time":"2026-11-21T09:10:05Z"})"),
                                 std::string(R"({"log":"a\n","stream":"stdout","time":)"), std::string(5, '\0')}) {
    const Decoded got = decode(bad + "\n" + row("ok\\n", 2) + "\n", 1000);
    EXPECT_THAT(got.lines, ElementsAre("out|09:10:05.2|ok")) << bad;
    EXPECT_EQ(got.corrupt, 1U) << bad;
  }
}

TEST(JsonFile, ARowBehindATornOneIsSaved) {
  const Decoded got = decode(row("torn\\n", 1).substr(0, 30) + row("ok\\n", 2) + "\n", 1000);
  EXPECT_THAT(got.lines, ElementsAre("out|09:10:05.2|ok"));
  EXPECT_EQ(got.corrupt, 1U);
}

TEST(JsonFile, ARotationKeepsUnfinishedLinesAndDropsATornRow) {
  JsonFileDecoder decoder;
  CollectedLines got;
  decoder.feed(row("begun ", 1) + "\n" + row("torn", 2).substr(0, 10), got);
  decoder.next_file();
  decoder.feed(row("ended\\n", 3) + "\n", got);
  EXPECT_THAT(got.lines, ElementsAre("out|09:10:05.1|begun ended"));
  EXPECT_EQ(decoder.corrupt_rows(), 1U);
  decoder.feed(row("dropped ", 1) + "\n", got);
  decoder.reset();
  decoder.feed(row("fresh\\n", 3) + "\n", got);
  EXPECT_EQ(got.lines.back(), "out|09:10:05.3|fresh");
}

TEST(JsonFile, SaysWhereEachLineLies) {
  JsonFileDecoder decoder;
  decoder.reset(1000);
  CollectedLines got;
  const std::string a = row("a\\n", 1) + "\n";
  const std::string b = row("b", 2) + "\n";
  decoder.feed((a + b).substr(0, a.size() + 5), got);
  decoder.feed((a + b + a).substr(a.size() + 5), got);
  EXPECT_THAT(got.places, ElementsAre(std::pair(1000, 1000 + a.size()),
                                      std::pair(1000 + a.size(), 1000 + 2 * a.size() + b.size())));
}

TEST(JsonFile, LongLinesAreCutAtTheBoundInManyRowsOrOne) {
  const std::string expected = "out|09:10:05.1|" + std::string(max_line_bytes, 'x') + "~";
  std::string many;
  for (int i = 0; i < 40; ++i) many += row(std::string(16'384, 'x'), 1) + "\n";
  many += row("end\\n", 2) + "\n" + row("b\\n", 3) + "\n";
  EXPECT_THAT(decode(many, 4096).lines, ElementsAre(expected, "out|09:10:05.3|b"));

  const std::string huge = row(std::string(8'000'000, 'x') + "\\n", 1) + "\n" + row("b\\n", 3) + "\n";
  for (const std::size_t step : {std::size_t{4096}, std::size_t{65'536}, huge.size()}) {
    const Decoded got = decode(huge, step);
    ASSERT_EQ(got.lines.size(), 2U) << step;
    EXPECT_TRUE(got.lines[0] == expected) << step;
    EXPECT_EQ(got.lines[1], "out|09:10:05.3|b");
    EXPECT_EQ(got.corrupt, 0U);
  }
  const std::string one = row(std::string(300'000, 'x') + "\\n", 1) + "\n";
  EXPECT_THAT(decode(one, 4096).lines, ElementsAre(expected));
  EXPECT_THAT(decode(one, one.size()).lines, ElementsAre(expected));
}

TEST(JsonFile, AnEndlessRowWithoutATailIsCorruptAndCostsNoMemory) {
  JsonFileDecoder decoder;
  CollectedLines got;
  const std::string chunk(1'048'576, 'x');
  for (int i = 0; i < 100; ++i) decoder.feed(chunk, got);
  decoder.feed("\n" + row("ok\\n", 1) + "\n", got);
  EXPECT_THAT(got.lines, ElementsAre("out|09:10:05.1|ok"));
  EXPECT_EQ(decoder.corrupt_rows(), 1U);
}

TEST(JsonFile, TheFastReaderAgreesWithTheSlowOne) {
  std::minstd_rand random(5);
  const std::vector<std::string> pieces{"\\n",     "\\\"",     "\\\\", "\\u00e9", "\\ud83d\\udea2",
                                        "\\u0000", "\xC3\xA9", "a",    "text ",   "\\/",
                                        "\\x",     "\"",       "{",    "\\"};
  int agreed = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string log;
    for (unsigned i = random() % 6; i > 0; --i)
      log += pieces[random() % (round % 4 == 0 ? pieces.size() : pieces.size() - 4)];
    std::string text = row(log, 1, random() % 2 == 0 ? "stdout" : "stderr");
    if (random() % 4 == 0) text.insert(text.find(",\"time\""), R"(,"attrs":{"a":"b\"c","d":""})");
    if (random() % 8 == 0) text.erase(random() % text.size(), 1);
    std::string fast_scratch;
    std::string any_scratch;
    JsonFileRow fast;
    JsonFileRow any;
    if (!parse_json_file_row_fast(text, fast_scratch, fast)) continue;
    if (!parse_json_file_row_any(text, any_scratch, any)) {
      // simdjson refuses a lone surrogate, for which the fast reader puts U+FFFD; Go's encoder never writes one.
      ASSERT_NE(fast.log.find("\uFFFD"), std::string_view::npos) << text;
      continue;
    }
    ASSERT_EQ(repair_utf8(fast.log), any.log) << text;
    ASSERT_EQ(fast.ends_line, any.ends_line);
    ASSERT_EQ(fast.stream, any.stream);
    ASSERT_EQ(fast.time, any.time);
    ++agreed;
  }
  EXPECT_GT(agreed, 10'000);
}

TEST(JsonFile, WhatAppendJsonStringWritesIsReadBack) {
  std::minstd_rand random(9);
  for (int round = 0; round < 5'000; ++round) {
    std::string line(random() % 60, 'x');
    for (char& c : line) c = static_cast<char>(random() % 128);
    std::erase(line, '\n');
    std::string text = R"({"log":)";
    append_json_string(text, line + "\n");
    text += R"(,"stream":"stdout","time":"2026-11-21T09:10:05.1Z"})";
    std::string scratch;
    JsonFileRow read;
    ASSERT_TRUE(parse_json_file_row_fast(text, scratch, read)) << text;
    ASSERT_EQ(read.log, line);
  }
}

}  // namespace
}  // namespace taffrail::text
