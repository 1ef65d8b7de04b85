#include "history/search/open_regex.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <re2/re2.h>

#include "base/ascii.hpp"
#include "history/block/block_fixture.hpp"
#include "history/search/regex_probe.hpp"

namespace taffrail::history {
namespace {

using Open = OpenRegex::Open;

std::optional<OpenRegex> open(const std::string& pattern) { return OpenRegex::of(std::span(&pattern, 1)); }

bool may_match(OpenRegex& regex, std::string_view line) {
  return regex.behind(regex.behind(regex.begin(), line), Open::end) == OpenRegex::found;
}

/// A pattern of what patterns are made of, without `\b`.
std::string some_pattern(LineMaker& make, int depth = 0) {
  std::string pattern;
  for (std::uint64_t left = 1 + make.below(4); left > 0; --left) {
    switch (make.below(depth < 2 ? 12 : 10)) {
      case 10: pattern += "(" + some_pattern(make, depth + 1) + "|" + some_pattern(make, depth + 1) + ")"; break;
      case 11: pattern += make.pick({"(?:", "(?i:", "("}) + some_pattern(make, depth + 1) + ")"; break;
      default:
        pattern += make.pick({"a",   "7",   "m",       " ",       ":", "\\.",   "\"", "[0-9]", "[a-f0-9]", "\\d", "\\w",
                              "\\S", "\\W", "[^a-z ]", "[^\\d.]", ".", "[A-F]", "s",  "[x-]",  "[]a]",     "{"});
    }
    if (pattern.back() != '{') pattern += make.pick({"", "", "", "*", "+", "?", "{2}", "{1,3}", "{2,}", "+?", "{0}"});
  }
  return pattern;
}

TEST(OpenRegex, SaysOfWholeLinesWhatRe2Says) {
  LineMaker make(31);
  std::size_t matches = 0;
  std::size_t others = 0;
  for (int round = 0; round < 1500; ++round) {
    std::string pattern = make.pick({"", "", "", "^", "(?i)"});
    pattern += some_pattern(make);
    pattern += make.pick({"", "", "", "$"});
    re2::RE2::Options options(re2::RE2::Quiet);
    const re2::RE2 regex(pattern, options);
    ASSERT_TRUE(regex.ok()) << pattern;
    ASSERT_TRUE(is_shared_syntax(pattern)) << pattern;
    auto opened = open(pattern);
    if (!opened) continue;
    for (int i = 0; i < 30; ++i) {
      const std::string line = i % 5 == 0 ? make.hostile_line() : make.service_line();
      if (!std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; })) continue;
      const bool wanted = re2::RE2::PartialMatch(line, regex);
      ASSERT_EQ(may_match(*opened, line), wanted) << pattern << " in " << line;
      ++(wanted ? matches : others);
    }
  }
  EXPECT_GE(matches, 1000U);
  EXPECT_GE(others, 1000U);
}

TEST(OpenRegex, LosesNoMatchWhereCharactersAreOpen) {
  LineMaker make(32);
  std::size_t told_apart = 0;
  for (int round = 0; round < 1500; ++round) {
    std::string pattern = some_pattern(make);
    for (std::uint64_t edges = make.below(3); edges > 0; --edges)
      pattern += make.pick({"\\b", "\\B"}) + some_pattern(make);
    const re2::RE2 regex(pattern);
    auto opened = open(pattern);
    if (!opened) continue;
    for (int i = 0; i < 30; ++i) {
      const std::string line = i % 3 == 0 ? make.hostile_line() : make.service_line();
      OpenRegex::State state = opened->begin();
      for (std::size_t at = 0; at < line.size();) {
        const auto run = [&](auto is_one) {
          std::size_t end = at;
          while (end < line.size() && is_one(line[end])) ++end;
          return make.below(3) == 0 ? std::size_t{0} : std::min<std::size_t>(end - at, 1 + make.below(8));
        };
        const auto is_lower = [](char c) { return ascii::is_digit(c) || (c >= 'a' && c <= 'f'); };
        const auto is_upper = [](char c) { return ascii::is_digit(c) || (c >= 'A' && c <= 'F'); };
        const auto pass = [&](std::size_t count, Open one, Open many) {
          const bool counted = make.below(2) == 0;
          state = counted ? opened->behind(state, one, count) : opened->behind(state, many);
          at += count;
        };
        if (const std::size_t digits = run(ascii::is_digit); digits > 0) {
          pass(digits, Open::digit, Open::digits);
        } else if (const std::size_t lower = run(is_lower); lower > 0) {
          pass(lower, Open::lower, Open::lowers);
        } else if (const std::size_t upper = run(is_upper); upper > 0) {
          pass(upper, Open::upper, Open::uppers);
        } else if (const std::size_t token = run(ascii::is_alphanumeric); token > 0) {
          state = opened->behind(state, Open::token);
          at += token;
        } else {
          state = opened->behind(state, std::string_view(line).substr(at, 1));
          ++at;
        }
      }
      const bool may = opened->behind(state, Open::end) == OpenRegex::found;
      ASSERT_TRUE(may || !re2::RE2::PartialMatch(line, regex)) << pattern << " in " << line;
      told_apart += may ? 0 : 1;
    }
  }
  EXPECT_GE(told_apart, 1000U);
}

TEST(OpenRegex, IsNoneWhereNothingCanBeTold) {
  for (const char* pattern : {"", "a*", "^", "(|a)", "a?b*", "[0-9]{300}", "(.{0,30}[0-9]){9}x", "x{02}"})
    EXPECT_FALSE(open(pattern)) << pattern;
}

TEST(OpenRegex, TakesFurtherStatesForMatchesWhenThereAreTooMany) {
  // Any set of the last 18 places is a state.
  auto regex = open("[ab].{18}[yz]");
  ASSERT_TRUE(regex);
  LineMaker make(33);
  const re2::RE2 same("[ab].{18}[yz]");
  for (int i = 0; i < 3000; ++i) {
    const std::string line = make.some("aqrstuvwxy", 60);
    if (re2::RE2::PartialMatch(line, same)) EXPECT_TRUE(may_match(*regex, line)) << line;
  }
}

}  // namespace
}  // namespace taffrail::history
