#include "text/tty_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "text/test_lines.hpp"

namespace taffrail::text {
namespace {

using testing::ElementsAre;

constexpr std::string_view stamp = "2026-11-21T09:10:05.100000000Z ";

std::vector<std::string> decode(std::string_view bytes, std::size_t step) {
  TtyLogDecoder decoder;
  CollectedLines got;
  for (std::size_t i = 0; i < bytes.size(); i += step) decoder.feed(bytes.substr(i, step), got);
  decoder.finish(got);
  return got.lines;
}

TEST(TtyLog, CutsTimeAndCarriageReturn) {
  const std::string bytes =
      std::string(stamp) + "a\r\n" + std::string(stamp) + "\r\nno time\r\n" + std::string(stamp) + "rest";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    ASSERT_THAT(decode(bytes, step),
                ElementsAre("out|09:10:05.1|a", "out|09:10:05.1|", "out|09:10:05.1|no time", "out|09:10:05.1|rest"));
  }
}

TEST(TtyLog, CutsTheTimesThatDockerdRepeatsInsideALongLine) {
  const std::string part(16'384, 'x');
  const std::string bytes = std::string(stamp) + part + std::string(stamp) + part + std::string(stamp) + "end\r\n" +
                            std::string(stamp) + "b\r\n";
  EXPECT_THAT(decode(bytes, 1000), ElementsAre("out|09:10:05.1|" + part + part + "end", "out|09:10:05.1|b"));
}

TEST(TtyLog, ATimeElsewhereInALineStays) {
  const std::string line = std::string(100, 'x') + std::string(stamp) + std::string(20'000, 'y');
  EXPECT_THAT(decode(std::string(stamp) + line + "\r\n", 4096), ElementsAre("out|09:10:05.1|" + line));
}

TEST(TtyLog, ALineBeyondTheBoundIsMarked) {
  std::string bytes;
  for (int i = 0; i < 40; ++i) bytes += std::string(stamp) + std::string(16'384, 'x');
  EXPECT_THAT(decode(bytes + "\r\n", 4096), ElementsAre("out|09:10:05.1|" + std::string(max_line_bytes, 'x') + "~"));
}

}  // namespace
}  // namespace taffrail::text
