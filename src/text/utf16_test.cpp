#include "text/utf16.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace taffrail::text {
namespace {

std::string encoded(std::u16string_view text, ByteOrder order) {
  std::string bytes;
  for (const char16_t unit : text) {
    const char high = static_cast<char>(unit >> 8);
    const char low = static_cast<char>(unit & 0xFF);
    bytes += order == ByteOrder::little ? low : high;
    bytes += order == ByteOrder::little ? high : low;
  }
  return bytes;
}

/// "text@begin-end", '~' behind a truncated one.
std::vector<std::string> lines_of(std::string_view bytes, ByteOrder order, std::size_t step, std::size_t bound) {
  std::vector<std::string> lines;
  const auto sink = [&](const Line& line) {
    lines.push_back(std::string(line.bytes) + (line.truncated ? "~@" : "@") + std::to_string(line.begin) + "-" +
                    std::to_string(line.end));
  };
  Utf16Splitter splitter(order, bound);
  for (std::size_t at = 0; at < bytes.size(); at += step) splitter.feed(bytes.substr(at, step), sink);
  EXPECT_EQ(splitter.offset(), bytes.size());
  splitter.finish(sink);
  EXPECT_FALSE(splitter.has_rest());
  return lines;
}

TEST(Utf16, AFilesMarkSaysItsByteOrder) {
  EXPECT_EQ(utf16_mark("\xFF\xFE"), ByteOrder::little);
  EXPECT_EQ(utf16_mark(std::string_view("\xFE\xFF\0a", 4)), ByteOrder::big);
  EXPECT_EQ(utf16_mark("\xEF\xBB\xBF"), std::nullopt);
  EXPECT_EQ(utf16_mark("\xFF"), std::nullopt);
}

TEST(Utf16, LinesComeAsUtf8WithThePlacesOfTheFile) {
  const std::u16string text = u"\uFEFFGrüße\r\n港口 \U0001F6A2\n\nno newline";
  for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
    for (const std::size_t step : {1U, 2U, 3U, 7U, 100U}) {
      EXPECT_EQ(lines_of(encoded(text, order), order, step, max_line_bytes),
                (std::vector<std::string>{"Grüße@0-16", "港口 🚢@16-28", "@28-30", "no newline@30-50"}))
          << step;
    }
  }
}

TEST(Utf16, ABytePairAcrossTwoCharactersIsNoNewline) {
  // U+0A61 and U+0041 big-endian are 0A 61 00 41, U+4100 and U+0A0A have "00 0A" across them.
  EXPECT_EQ(lines_of(encoded(u"\u4100\u0A0A\u0A00\u000A", ByteOrder::big), ByteOrder::big, 3, max_line_bytes).size(),
            1U);
  EXPECT_EQ(lines_of(encoded(u"\u0A0A\u4100\u000A", ByteOrder::little), ByteOrder::little, 3, max_line_bytes).size(),
            1U);
}

TEST(Utf16, HalvesOfPairsAndOddBytesAreReplaced) {
  std::string out;
  append_utf16(out,
               encoded(u"a\xD83D"
                       u"b\xDE00",
                       ByteOrder::little) +
                   "x",
               ByteOrder::little);
  EXPECT_EQ(out,
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Utf16, ALongLineIsCutAndMarked) {
  const std::string bytes = encoded(std::u16string(100, u'x') + u"\nnext\n", ByteOrder::little);
  EXPECT_EQ(lines_of(bytes, ByteOrder::little, 5, 20), (std::vector<std::string>{"xxxxxxxxxx~@0-202", "next@202-212"}));
}

TEST(Utf16, AnyBytesAreTakenWhateverTheCuts) {
  std::minstd_rand random(9);
  for (int round = 0; round < 200; ++round) {
    std::string bytes;
    for (unsigned i = random() % 200; i > 0; --i) bytes += static_cast<char>(random() % 3 == 0 ? '\n' : random() % 256);
    for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
      const auto whole = lines_of(bytes, order, 1000, max_line_bytes);
      EXPECT_EQ(lines_of(bytes, order, 1 + (random() % 9), max_line_bytes), whole);
    }
  }
}

}  // namespace
}  // namespace taffrail::text
