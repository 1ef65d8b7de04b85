#include "text/utf8.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace taffrail::text {
namespace {

TEST(Utf8, EveryMaximalIllFormedPartBecomesOneReplacement) {
  // The tables of the Unicode standard, chapter 3.9, and what the WHATWG decoder says of them.
  const std::vector<std::pair<std::string_view, std::string_view>> table{
      {"", ""},
      {"plain", "plain"},
      {"h\xC3\xA9\xE2\x82\xAC\xF0\x9F\x9A\xA2", "h\xC3\xA9\xE2\x82\xAC\xF0\x9F\x9A\xA2"},
      {"a\xFF"
       "b",
       "a\uFFFDb"},
      {"\x80\xBF", "\uFFFD\uFFFD"},
      {"\xC0\xAF\xE0\x80\xBF\xF0\x81\x82", "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD"},
      {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},
      {"\xF4\x91\x92\x93\xFF"
       "A\x80\xBF"
       "B",
       "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD"
       "A\uFFFD\uFFFD"
       "B"},
      {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF"
       "A",
       "\uFFFD\uFFFD\uFFFD\uFFFD"
       "A"},
      {"x\xE2\x82", "x\uFFFD"},
      {"x\xF0\x9F\x9A", "x\uFFFD"},
      {"x\xC3", "x\uFFFD"},
      {std::string_view("a\0b", 3), std::string_view("a\0b", 3)},
  };
  for (const auto& [bytes, expected] : table) {
    EXPECT_EQ(repair_utf8(bytes), expected);
    EXPECT_EQ(is_valid_utf8(bytes), bytes == expected) << expected;
  }
}

TEST(Utf8, WhatIsRepairedIsValidAndWhatIsValidStays) {
  std::minstd_rand random(11);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (char& c : bytes) c = static_cast<char>(random() % 3 == 0 ? 'a' : 0x78 + random() % 0x88);
    const std::string repaired = repair_utf8(bytes);
    ASSERT_TRUE(is_valid_utf8(repaired));
    ASSERT_EQ(repaired == bytes, is_valid_utf8(bytes));
  }
}

TEST(Utf8, CodePointsAreWrittenInTheirShortestForm) {
  const auto written = [](char32_t c) {
    std::string out;
    append_utf8(out, c);
    return out;
  };
  EXPECT_EQ(written(0x41), "A");
  EXPECT_EQ(written(0xE9), "\xC3\xA9");
  EXPECT_EQ(written(0x20AC), "\xE2\x82\xAC");
  EXPECT_EQ(written(0x1F6A2), "\xF0\x9F\x9A\xA2");
  EXPECT_EQ(written(0xD800), "\uFFFD");
  EXPECT_EQ(written(0x110000), "\uFFFD");
}

TEST(Utf8, ACutNeverSplitsACharacter) {
  EXPECT_EQ(cut_at_character("abc", 5), "abc");
  EXPECT_EQ(cut_at_character("abc", 2), "ab");
  EXPECT_EQ(cut_at_character("a\xE2\x82\xAC", 3), "a");
  EXPECT_EQ(cut_at_character("a\xE2\x82\xAC"
                             "b",
                             4),
            "a\xE2\x82\xAC");
  EXPECT_EQ(cut_at_character("\xF0\x9F\x9A\xA2", 3), "");
  EXPECT_EQ(cut_at_character("\x80\x80\x80\x80\x80", 3), "\x80\x80\x80");
}

}  // namespace
}  // namespace taffrail::text
