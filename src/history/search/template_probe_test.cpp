#include "history/search/template_probe.hpp"

#include <gtest/gtest.h>

#include <re2/re2.h>

#include "history/block/block_fixture.hpp"
#include "history/block/block_writer.hpp"
#include "history/block/part.hpp"
#include "history/block/token.hpp"

namespace taffrail::history {
namespace {

/// Blocks of lines that read no digits.
class TemplateProbeTest : public ::testing::Test {
 protected:
  struct Answer {
    LineSet by_kinds;
    LineSet by_widths;
  };
  static TemplateProbe probe_of(const std::string& pattern) {
    auto regex = OpenRegex::of(std::span(&pattern, 1));
    EXPECT_TRUE(regex) << pattern;
    return TemplateProbe(std::move(*regex));
  }
  static Answer ask(const std::vector<std::string>& lines, TemplateProbe& probe) {
    BlockWriter writer;
    auto encoded = writer.encode(batch_of(lines));
    EXPECT_TRUE(encoded) << encoded.error().detail;
    Block block(encoded->rows, encoded->text, [&]() -> Result<std::string_view> {
      ADD_FAILURE() << "the digits are read";
      return std::string_view();
    });
    auto kinds = probe.by_kinds(block);
    EXPECT_TRUE(kinds) << kinds.error().detail;
    auto widths = probe.by_widths(block, *kinds);
    EXPECT_TRUE(widths) << widths.error().detail;
    return {*kinds, *widths};
  }
  static LineSet ask(const std::vector<std::string>& lines, const std::string& pattern) {
    TemplateProbe probe = probe_of(pattern);
    return ask(lines, probe).by_widths;
  }
};

TEST_F(TemplateProbeTest, LosesNoLineThatRe2Matches) {
  LineMaker make(41);
  std::vector<std::vector<std::string>> blocks(4);
  for (std::vector<std::string>& lines : blocks)
    for (int i = 0; i < 1000; ++i) lines.push_back(i % 3 == 0 ? make.hostile_line() : make.service_line());
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
    TemplateProbe probe = probe_of(pattern);
    const re2::RE2 regex(pattern);
    std::size_t left = 0;
    for (const std::vector<std::string>& lines : blocks) {
      const LineSet may = ask(lines, probe).by_widths;
      for (std::size_t i = 0; i < lines.size(); ++i)
        if (re2::RE2::PartialMatch(lines[i], regex)) EXPECT_TRUE(may.holds(i)) << pattern << " in " << lines[i];
      left += may.count();
    }
    passed_over += left < 2000 ? 1 : 0;
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
  const std::vector<std::string> lines{"\x1b[31mbilling\x1b[0m took 17 ms", "\x1b[1;38;5;208mb\x1b[m 1", "\x1b[1;3",
                                       "\x1b[38;2;100;20;255mb\x1b[0;48;2;1;2;3m 7"};
  EXPECT_EQ(ask(lines, "^billing took [0-9]+ ms$").indices(), (std::vector<std::uint32_t>{0, 2}));
  EXPECT_EQ(ask(lines, "m ?[bt]").indices(), (std::vector<std::uint32_t>{2}));
  EXPECT_EQ(ask(lines, "^b [0-9]$").indices(), (std::vector<std::uint32_t>{1, 2, 3}));
}

TEST_F(TemplateProbeTest, AsksForWidthsWhereTheKindsOfNumbersDoNotTell) {
  const std::vector<std::string> lines{"took 17 ms",        "took 1734 ms", R"({"m":"id 12345"})",
                                       R"({"m":"id 123"})", "id deadbeef1", "id deadbe1"};
  TemplateProbe three = probe_of("[0-9]{3} ms");
  const Answer took = ask(lines, three);
  EXPECT_EQ(took.by_kinds.indices(), (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(took.by_widths.indices(), (std::vector<std::uint32_t>{1}));
  TemplateProbe five = probe_of("id [0-9a-f]{5}\"?[0-9a-f}]{4}?$");
  EXPECT_EQ(ask(lines, five).by_widths.indices(), (std::vector<std::uint32_t>{4}));
  TemplateProbe quoted = probe_of("id [0-9]{5}\"");
  EXPECT_EQ(ask(lines, quoted).by_kinds.indices(), (std::vector<std::uint32_t>{2, 3}));
  EXPECT_EQ(ask(lines, quoted).by_widths.indices(), (std::vector<std::uint32_t>{2}));
}

TEST_F(TemplateProbeTest, KnowsTheTemplatesOfBlocksBefore) {
  TemplateProbe probe = probe_of("at [a-z]+ [0-9]+$");
  EXPECT_EQ(ask({"at noon 17", "it 1"}, probe).by_widths.indices(), (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(ask({"it 22", R"(x="at" 7)", "at noon 1234", "it 1"}, probe).by_widths.indices(),
            (std::vector<std::uint32_t>{2}));
  EXPECT_EQ(ask({R"(x="at noon 5")", R"(x="noon" at y 5)"}, probe).by_widths.indices(),
            (std::vector<std::uint32_t>{1}));
}

TEST_F(TemplateProbeTest, FollowsAMatchThroughQuotedStrings) {
  const std::vector<std::string> lines{R"(a="x 1" b="y 2")", R"(a="y 1" b="x 2")", R"(a="x 1" b="x 2")"};
  EXPECT_EQ(ask(lines, "x [0-9]\" b=\"y").indices(), (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(ask(lines, "\"x [0-9]\" b").indices(), (std::vector<std::uint32_t>{0, 2}));
  EXPECT_EQ(ask(lines, "y [0-9]\"$").indices(), (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(ask(lines, "x.*x").indices(), (std::vector<std::uint32_t>{2}));
}

/// A part with some bytes of its sections changed, and the checksums that make a reader believe it.
std::string rewritten(std::string_view bytes, PartKind kind, LineMaker& make) {
  const auto part = Part::open(bytes, kind);
  EXPECT_TRUE(part);
  PartWriter writer(kind);
  for (const Part::Section& section : part->sections()) {
    std::string raw(part->section(section.id)->view());
    for (std::size_t left = make.below(3) == 0 ? 1 + make.below(3) : 0; left > 0; --left) {
      const char any[] = {variable_mark, string_mark, '"', '\x1b', static_cast<char>(make.below(256))};
      raw[make.below(raw.size())] = any[make.below(std::size(any))];
    }
    if (make.below(40) == 0) raw.resize(make.below(raw.size()));
    writer.add(section.id, raw);
  }
  return writer.finish();
}

TEST_F(TemplateProbeTest, SaysLinesOrAnErrorOfBlocksThatNobodyWrote) {
  LineMaker make(43);
  std::vector<TemplateProbe> probes;
  for (const char* pattern : {"[0-9]{5}", "\"[a-z]+ [a-z0-9]+\"", "^[0-9]+ [a-z]", "[^a-z ]{12}$"})
    probes.push_back(probe_of(pattern));
  std::size_t answered = 0;
  std::size_t refused = 0;
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::string> lines(30);
    for (std::string& line : lines) line = make.below(4) == 0 ? make.hostile_line() : make.service_line();
    BlockWriter writer;
    const auto encoded = writer.encode(batch_of(lines));
    ASSERT_TRUE(encoded);
    const std::string rows = rewritten(encoded->rows, PartKind::rows, make);
    const std::string text = rewritten(encoded->text, PartKind::text, make);
    for (TemplateProbe& probe : probes) {
      Block block(rows, text, encoded->digits);
      const auto kinds = probe.by_kinds(block);
      const auto widths = kinds ? probe.by_widths(block, *kinds) : kinds;
      if (!widths) {
        EXPECT_FALSE(widths.error().detail.empty());
        ++refused;
        continue;
      }
      const std::vector<std::uint32_t> found = kinds->indices();
      EXPECT_TRUE(found.empty() || found.back() < block.head()->lines);
      for (const std::uint32_t line : widths->indices()) EXPECT_TRUE(kinds->holds(line));
      ++answered;
    }
  }
  EXPECT_GT(answered, 500U);
  EXPECT_GT(refused, 500U);
}

}  // namespace
}  // namespace taffrail::history
