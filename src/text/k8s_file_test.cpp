#include "text/k8s_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "text/test_lines.hpp"

namespace taffrail::text {
namespace {

using testing::ElementsAre;

TEST(K8sFile, JoinsPartsPerStreamWhateverTheChunks) {
  const std::string bytes =
      "2026-11-21T09:10:05.100000000Z stdout F one\n"
      "2026-11-21T10:10:05.200000000+01:00 stdout P long \n"
      "2026-11-21T09:10:05.300000000Z stderr F:tag warn\n"
      "2026-11-21T09:10:05.400000000Z stdout F line\n"
      "2026-11-21T09:10:05.500000000Z stdout F \n"
      "2026-11-21T09:10:05.500000000Z stdout F\n"
      "2026-11-21T09:10:05.600000000Z stdout P long\n"
      "2026-11-21T09:10:05.700000000Z stdout F \n"
      "2026-11-21T09:10:05.800000000Z stderr P open\n"
      "2026-11-21T09:10:05.9";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    K8sFileDecoder decoder;
    CollectedLines got;
    for (std::size_t i = 0; i < bytes.size(); i += step) decoder.feed(std::string_view(bytes).substr(i, step), got);
    decoder.finish(got);
    ASSERT_THAT(got.lines,
                ElementsAre("out|09:10:05.1|one", "err|09:10:05.3|warn", "out|09:10:05.2|long line", "out|09:10:05.5|",
                            "out|09:10:05.5|", "out|09:10:05.6|long", "err|09:10:05.8|open"));
    ASSERT_EQ(decoder.corrupt_rows(), 0U);
  }
}

TEST(K8sFile, SkipsAndCountsWhatIsNoRow) {
  K8sFileDecoder decoder;
  CollectedLines got;
  decoder.feed(
      "\nnonsense\n2026-11-21T09:10:05Z stdin F x\n2026-11-21T09:10:05Z stdout X x\nyesterday stdout F x\n"
      "2026-11-21T09:10:05Z stdout F ok\n2026-11",
      got);
  EXPECT_THAT(got.lines, ElementsAre("out|09:10:05.0|ok"));
  EXPECT_EQ(decoder.corrupt_rows(), 5U);
  decoder.next_file();
  EXPECT_EQ(decoder.corrupt_rows(), 6U);
  decoder.feed("2026-11-21T09:10:05Z stdout F next\n", got);
  EXPECT_EQ(got.lines.size(), 2U);
}

TEST(K8sFile, AHugeRowIsCutAndMarked) {
  K8sFileDecoder decoder;
  CollectedLines got;
  decoder.feed("2026-11-21T09:10:05.100Z stdout F ", got);
  for (int i = 0; i < 100; ++i) decoder.feed(std::string(10'000, 'x'), got);
  decoder.feed("\n2026-11-21T09:10:05.200Z stdout F b\n", got);
  ASSERT_EQ(got.lines.size(), 2U);
  EXPECT_EQ(got.lines[0], "out|09:10:05.1|" + std::string(max_line_bytes, 'x') + "~");
  EXPECT_EQ(got.lines[1], "out|09:10:05.2|b");
}

}  // namespace
}  // namespace taffrail::text
