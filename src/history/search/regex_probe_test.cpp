#include "history/search/regex_probe.hpp"

#include <gtest/gtest.h>

#include <re2/re2.h>

#include "history/block/block_fixture.hpp"

namespace taffrail::history {
namespace {

Batch with_newlines(const std::vector<std::string>& lines) {
  Batch batch;
  for (const std::string& line : lines) {
    batch.append(Time{}, text::StdStream::out, line, false);
    batch.bytes += '\n';
  }
  return batch;
}

TEST(RegexProbe, LosesNoLineThatRe2Matches) {
  LineMaker make(7);
  std::vector<std::string> lines{
      "",        "1",      "x",          "a\rb5",         "a\vb 5",      "\x1b[31m12345678\x1b[0m",
      "é 12345", "\xff 5", "tab\t12345", "ends in 12345", "12345 begins"};
  for (int i = 0; i < 3000; ++i) lines.push_back(i % 3 == 0 ? make.hostile_line() : make.service_line());
  const Batch batch = with_newlines(lines);
  std::size_t told_apart = 0;
  for (const char* pattern :
       {"[0-9]{9}x", "[0-9]{5}", "^[0-9]", "[0-9]$", "^$", "^[0-9]+ [a-z]", "\\b[0-9]{4}\\b", "\\S[0-9]\\s[0-9]",
        "(?i)[A-F]{3}[0-9]", "[^a-z ]{12}", "\\d+\\.\\d+\\.\\d+\\.[1-9]\\d", "[a-z]*", ".", "a.{40,60}[0-9]b",
        "(?:[0-9]|[a-f]){8}", "[\\d.]{7}\\D$", "\\W\\W\\W", "[0-9](?i:[k-s])[0-9]"}) {
    const RegexProbe probe({pattern});
    RegexProbe::Asker asker(probe);
    if (!asker.useful()) continue;
    const LineSet may = asker.ask(batch);
    const re2::RE2 regex(pattern);
    for (std::size_t i = 0; i < lines.size(); ++i)
      if (re2::RE2::PartialMatch(lines[i], regex)) EXPECT_TRUE(may.holds(i)) << pattern << " in " << lines[i];
    told_apart += may.count() < lines.size() ? 1 : 0;
  }
  EXPECT_GE(told_apart, 10U);
}

TEST(RegexProbe, TakesOneOfSeveralPatterns) {
  const Batch batch = with_newlines({"only 12345", "only abc", "only 12x"});
  const RegexProbe probe({"[0-9]{5}", "[0-9]{2}x"});
  RegexProbe::Asker asker(probe);
  ASSERT_TRUE(asker.useful());
  EXPECT_EQ(asker.ask(batch).indices(), (std::vector<std::uint32_t>{0, 2}));
}

TEST(RegexProbe, IsOfNoUseWhereMostLinesMatch) {
  std::vector<std::string> lines(500, "abcdefghij 1");
  lines.emplace_back("none");
  const RegexProbe probe({"[a-z]+ ?"});
  RegexProbe::Asker asker(probe);
  ASSERT_TRUE(asker.useful());
  EXPECT_EQ(asker.ask(with_newlines(lines)).count(), lines.size());
  EXPECT_FALSE(asker.useful());
}

TEST(RegexProbe, AsksOfSharedSyntaxAlone) {
  for (const char* pattern : {"[0-9]{9}x", "(?i)a[b-d]+", "(?i:a|b)?[0-9]", "a\\.b\\[\\d", "x{2,}$", "[^\\s\\]]+"})
    EXPECT_TRUE(is_shared_syntax(pattern)) << pattern;
  for (const char* pattern : {"\\A[0-9]", "[0-9]\\z", "\\p{L}", "\\pL", "(?s).", "(?P<n>a)", "(?U)a+", "\\x41",
                              "\\Qa.b\\E", "[[:alpha:]]", "é", "\\C", "\\101", "a\\", "(?-i)a", "\\v", "\\a"})
    EXPECT_FALSE(is_shared_syntax(pattern)) << pattern;
  // What would take long to compile is not.
  const RegexProbe large({"(.{0,30}[0-9]){8}"});
  EXPECT_FALSE(RegexProbe::Asker(large).useful());
  const RegexProbe broken({"(["});
  EXPECT_FALSE(RegexProbe::Asker(broken).useful());
}

}  // namespace
}  // namespace taffrail::history
