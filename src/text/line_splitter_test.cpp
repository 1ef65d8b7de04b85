#include "text/line_splitter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace taffrail::text {
namespace {

using testing::ElementsAre;

std::vector<std::string> split(LineSplitter splitter, const std::vector<std::string_view>& chunks, bool finish = true) {
  std::vector<std::string> lines;
  const auto take = [&](const Line& line) { lines.push_back(std::string(line.bytes) + (line.truncated ? "~" : "")); };
  for (const std::string_view chunk : chunks) splitter.feed(chunk, take);
  if (finish) splitter.finish(take);
  return lines;
}

TEST(LineSplitter, CarriesAnUnfinishedLineFromChunkToChunk) {
  EXPECT_THAT(split(LineSplitter(), {"a", "b\nc\n\nd", "", "e"}), ElementsAre("ab", "c", "", "de"));
  EXPECT_THAT(split(LineSplitter(), {"a\nb"}, false), ElementsAre("a"));
  EXPECT_THAT(split(LineSplitter(), {"a\n", "\n"}), ElementsAre("a", ""));
}

TEST(LineSplitter, CutsACarriageReturnOnlyWhenAsked) {
  EXPECT_THAT(split(LineSplitter(), {"a\r\n"}), ElementsAre("a\r"));
  EXPECT_THAT(split(LineSplitter(LineSplitter::CarriageReturn::strip), {"a\r\r\n", "b\r", "\n", "c\n"}),
              ElementsAre("a\r", "b", "c"));
}

TEST(LineSplitter, ALineBeyondTheBoundIsCutAndMarkedOnce) {
  const LineSplitter splitter(LineSplitter::CarriageReturn::keep, 4);
  EXPECT_THAT(split(splitter, {"abcd\nabcde\n", "ab", "cdef", "gh\nx\n"}), ElementsAre("abcd", "abcd~", "abcd~", "x"));
  EXPECT_THAT(split(splitter, {"abc\xC3\xA9\n", "abc", "\xC3", "\xA9", "\n"}), ElementsAre("abc~", "abc~"));
}

TEST(LineSplitter, SaysWhereEachLineLies) {
  LineSplitter splitter;
  splitter.reset(100);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
  const auto take = [&](const Line& line) { places.emplace_back(line.begin, line.end); };
  for (const std::string_view chunk : {"ab\nc", "d\n", "\n"}) splitter.feed(chunk, take);
  EXPECT_THAT(places, ElementsAre(std::pair(100, 103), std::pair(103, 106), std::pair(106, 107)));
  EXPECT_EQ(splitter.offset(), 107U);
}

TEST(LineSplitter, AHugeLineCostsTheBoundAndNoMore) {
  LineSplitter splitter;
  std::size_t lines = 0;
  const std::string chunk(1'048'576, 'x');
  for (int i = 0; i < 100; ++i) splitter.feed(chunk, [&](const Line&) { ++lines; });
  splitter.feed("\nnext\n", [&](const Line& line) {
    EXPECT_EQ(line.bytes.size(), lines == 0 ? max_line_bytes : 4);
    EXPECT_EQ(line.truncated, lines == 0);
    ++lines;
  });
  EXPECT_EQ(lines, 2U);
}

}  // namespace
}  // namespace taffrail::text
