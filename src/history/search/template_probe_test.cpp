#include "history/search/template_probe.hpp"

#include <gtest/gtest.h>

#include <re2/re2.h>

#include "history/block/block_fixture.hpp"
#include "history/block/block_writer.hpp"

namespace taffrail::history {
namespace {

/// A block of lines that reads no digits.
class TemplateProbeTest : public ::testing::Test {
 protected:
  LineSet ask(const std::vector<std::string>& lines, const std::string& pattern) {
    BlockWriter writer;
    auto encoded = writer.encode(batch_of(lines));
    EXPECT_TRUE(encoded) << encoded.error().detail;
    Block block(encoded->rows, encoded->text, [&]() -> Result<std::string_view> {
      ADD_FAILURE() << "the digits are read";
      return std::string_view();
    });
    auto regex = OpenRegex::of(std::span(&pattern, 1));
    EXPECT_TRUE(regex) << pattern;
    auto may = lines_that_may_match(block, *regex);
    EXPECT_TRUE(may) << may.error().detail;
    return *may;
  }
};

TEST_F(TemplateProbeTest, LosesNoLineThatRe2Matches) {
  LineMaker make(41);
  std::vector<std::string> lines;
  for (int i = 0; i < 3000; ++i) lines.push_back(i % 3 == 0 ? make.hostile_line() : make.service_line());
  std::size_t passed_over = 0;
  for (const char* pattern : {"[0-9]{9}x",
                              "[0-9]{5}",
                              "^[0-9]",
                              "[0-9]$",
                              "^$",
                              "^[0-9]+ [a-z]",
                              "\\b[0-9]{4}\\b",
                              "\\S[0-9]\\s[0-9]",
                              "(?i)[A-F]{3}[0-9]",
                              "[^a-z ]{12}",
                              "\\d+\\.\\d+\\.\\d+\\.[1-9]\\d",
                              ".",
                              "a.{40,60}[0-9]b",
                              "\"[a-z]+ [a-z]+\"",
                              "(?:[0-9]|[a-f]){8}",
                              "[\\d.]{7}\\D$",
                              "\\W\\W\\W",
                              "[0-9](?i:[k-s])[0-9]",
                              "time.*out.*[0-9]{4}",
                              "\"ms\":[0-9]{3},.*\\.2[0-9]{2}\"",
                              "0x[0-9A-F]{8}",
                              "(warn|info).*flushed\" n=[0-9]+ t"}) {
    const LineSet may = ask(lines, pattern);
    const re2::RE2 regex(pattern);
    for (std::size_t i = 0; i < lines.size(); ++i)
      if (re2::RE2::PartialMatch(lines[i], regex)) EXPECT_TRUE(may.holds(i)) << pattern << " in " << lines[i];
    passed_over += may.count() < lines.size() / 2 ? 1 : 0;
  }
  EXPECT_GE(passed_over, 12U);
}

TEST_F(TemplateProbeTest, TellsLinesApartByWhatStandsBesideTheirNumbers) {
  const std::vector<std::string> lines{"took 17 ms",          "took 17 s",          R"({"m":"a 12345 b"})",
                                       R"({"m":"a 1234 b"})", R"(x="at deadbee1")", R"(x="at deadbeer")"};
  EXPECT_EQ(ask(lines, "[0-9]{2} m").indices(), (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(ask(lines, "[0-9]{2} s?$").indices(), (std::vector<std::uint32_t>{1}));
  EXPECT_EQ(ask(lines, "m\":\"a [0-9]{5} ").indices(), (std::vector<std::uint32_t>{2}));
  // Whether it has these digits is for its column to say.
  EXPECT_EQ(ask(lines, "at [0-9]{8}\"").indices(), (std::vector<std::uint32_t>{4}));
  EXPECT_EQ(ask(lines, "^[^ ]+at [a-z]+\"").indices(), (std::vector<std::uint32_t>{4, 5}));
}

TEST_F(TemplateProbeTest, LeavesLinesWithOtherCharactersToTheFilter) {
  const std::vector<std::string> lines{"\xC3\xA9 1", "e 1", "\x1b]0;b 1"};
  EXPECT_EQ(ask(lines, "x[0-9]").indices(), (std::vector<std::uint32_t>{0, 2}));
}

TEST_F(TemplateProbeTest, SeesLinesWithoutTheirColours) {
  const std::vector<std::string> lines{"\x1b[31mbilling\x1b[0m took 17 ms", "\x1b[1;38;5;208mb\x1b[m 1", "\x1b[1;3"};
  EXPECT_EQ(ask(lines, "^billing took [0-9]+ ms$").indices(), (std::vector<std::uint32_t>{0, 2}));
  EXPECT_EQ(ask(lines, "m ?[bt]").indices(), (std::vector<std::uint32_t>{2}));
  EXPECT_EQ(ask(lines, "^b [0-9]$").indices(), (std::vector<std::uint32_t>{1, 2}));
}

}  // namespace
}  // namespace taffrail::history
