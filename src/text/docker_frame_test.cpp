#include "text/docker_frame.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "text/test_lines.hpp"

namespace taffrail::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string frame(int type, std::string_view payload) {
  std::string out{static_cast<char>(type), 0, 0, 0};
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>((payload.size() >> static_cast<unsigned>(shift)) & 0xFFU);
  return out + std::string(payload);
}

std::string at(std::string_view tenths, std::string_view text) {
  return "2026-11-21T09:10:05." + std::string(tenths) + "00000000Z " + std::string(text);
}

/// Feeds in pieces of `step` bytes.
std::vector<std::string> decode(std::string_view bytes, std::size_t step, bool finish = true) {
  DockerFrameDecoder decoder;
  CollectedLines got;
  for (std::size_t i = 0; i < bytes.size(); i += step) {
    const auto fed = decoder.feed(bytes.substr(i, step), got);
    if (!fed) got.lines.push_back(std::string(to_string(fed.error().code)));
  }
  if (finish) decoder.finish(got);
  return got.lines;
}

TEST(DockerFrame, JoinsPartialLinesOfTheSameStreamOnlyWhateverTheChunks) {
  const std::string bytes = frame(1, at("1", "one\n")) + frame(1, at("2", "long ")) + frame(2, at("3", "warn\n")) +
                            frame(2, at("4", "other ")) + frame(1, at("5", "line\n")) + frame(2, at("6", "end\n")) +
                            frame(1, at("7", "\n")) + frame(1, "") + frame(0, at("8", "in\n")) +
                            frame(1, at("9", "cut"));
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    ASSERT_THAT(decode(bytes, step),
                ElementsAre("out|09:10:05.1|one", "err|09:10:05.3|warn", "out|09:10:05.2|long line",
                            "err|09:10:05.4|other end", "out|09:10:05.7|", "out|09:10:05.8|in", "out|09:10:05.9|cut"))
        << step;
  }
  EXPECT_EQ(decode(bytes, 7, false).size(), 6U);
}

TEST(DockerFrame, PodmansTimesAndSeveralLinesInAFrame) {
  EXPECT_THAT(decode(frame(1, "2026-11-21T10:10:05+01:00 a\nb\n\nc"), 1000),
              ElementsAre("out|09:10:05.0|a", "out|09:10:05.0|b", "out|09:10:05.0|", "out|09:10:05.0|c"));
}

TEST(DockerFrame, APayloadWithoutATimeKeepsItsBytes) {
  const std::string bytes = frame(1, at("1", "a\n")) + frame(1, "no time here\n") + frame(1, "x\n") +
                            frame(1, std::string(40, 'y') + "\n") + frame(2, "z") + frame(2, "\n");
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    ASSERT_THAT(decode(bytes, step), ElementsAre("out|09:10:05.1|a", "out|09:10:05.1|no time here", "out|09:10:05.1|x",
                                                 "out|09:10:05.1|" + std::string(40, 'y'), "err|09:10:05.1|z"))
        << step;
  }
}

TEST(DockerFrame, WithoutTimestampsThePayloadIsTheLine) {
  DockerFrameDecoder decoder(DockerFrameDecoder::Timestamps::absent);
  CollectedLines got;
  ASSERT_TRUE(decoder.feed(frame(1, at("1", "a\n")), got));
  EXPECT_THAT(got.lines, ElementsAre("out|00:00:00.0|" + at("1", "a")));
}

TEST(DockerFrame, GarbageIsAnErrorThatStays) {
  for (const std::string& bytes :
       {std::string("HTTP/1.1 400 Bad"), std::string("\x04\0\0\0\0\0\0\x01x", 9),
        std::string("\x01\0\x01\0\0\0\0\x01x", 9), std::string("\x01\0\0\0\xff\xff\xff\xff", 8),
        std::string("2026-11-21T09:10:05Z a tty's line\n")}) {
    DockerFrameDecoder decoder;
    CollectedLines got;
    const auto fed = decoder.feed(bytes, got);
    ASSERT_FALSE(fed) << bytes;
    EXPECT_EQ(fed.error().code, ErrorCode::protocol);
    const auto again = decoder.feed(frame(1, at("1", "a\n")), got);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().detail, fed.error().detail);
    EXPECT_THAT(got.lines, IsEmpty());
    decoder.reset();
    EXPECT_TRUE(decoder.feed(frame(1, at("1", "a\n")), got));
    EXPECT_THAT(got.lines, ElementsAre("out|09:10:05.1|a"));
  }
}

TEST(DockerFrame, TheEnginesOwnErrorIsPassedOn) {
  DockerFrameDecoder decoder;
  CollectedLines got;
  const auto fed = decoder.feed(frame(1, at("1", "a\n")) + frame(3, "Error grabbing logs: EOF\n"), got);
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code, ErrorCode::unavailable);
  EXPECT_THAT(fed.error().detail, HasSubstr("Error grabbing logs: EOF"));
  EXPECT_THAT(got.lines, ElementsAre("out|09:10:05.1|a"));
}

TEST(DockerFrame, ALineBeyondTheBoundIsMarkedWhetherInOneFrameOrMany) {
  const std::string part(16'384, 'x');
  std::string many;
  for (int i = 0; i < 40; ++i) many += frame(1, at("1", part));
  many += frame(1, at("2", "end\n"));
  std::string whole;
  for (int i = 0; i < 40; ++i) whole += part;
  const std::string expected = "out|09:10:05.1|" + std::string(max_line_bytes, 'x') + "~";
  EXPECT_THAT(decode(many, 4096), ElementsAre(expected));
  EXPECT_THAT(decode(frame(1, at("1", whole + "\n")), 4096), ElementsAre(expected));
  EXPECT_THAT(decode(frame(1, at("1", whole + "\n")), 1U << 30U), ElementsAre(expected));
}

}  // namespace
}  // namespace taffrail::text
