#include "text/ansi.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace taffrail::text {
namespace {

/// "text{style}" for each run: b bold, f faint, i italic, u underline, v inverse, h hidden, s strike, then colours.
std::string printed(std::string_view line) {
  std::string out;
  AnsiSpans spans(line);
  AnsiSpan span;
  const auto color = [](const AnsiColor& c) -> std::string {
    switch (c.kind) {
      case AnsiColor::Kind::normal: return "";
      case AnsiColor::Kind::palette: return std::to_string(c.r);
      case AnsiColor::Kind::rgb: return std::to_string(c.r) + "," + std::to_string(c.g) + "," + std::to_string(c.b);
    }
    return "";
  };
  while (spans.next(span)) {
    const AnsiStyle& s = span.style;
    out += span.text;
    out += '{';
    if (s.bold) out += 'b';
    if (s.faint) out += 'f';
    if (s.italic) out += 'i';
    if (s.underline) out += 'u';
    if (s.inverse) out += 'v';
    if (s.hidden) out += 'h';
    if (s.strike) out += 's';
    out += color(s.foreground);
    if (s.background.kind != AnsiColor::Kind::normal) out += "/" + color(s.background);
    out += '}';
  }
  return out;
}

TEST(Ansi, SpansCarryTheStyleThatSgrSets) {
  const std::vector<std::pair<std::string_view, std::string_view>> table{
      {"", ""},
      {"plain", "plain{}"},
      {"\x1b[31mred\x1b[0m plain", "red{1} plain{}"},
      {"\x1b[1;4;38;5;208;48;2;1;2;3mx\x1b[mplain", "x{bu208/1,2,3}plain{}"},
      {"\x1b[38:2::9:8:7mx\x1b[38:5:3my", "x{9,8,7}y{3}"},
      {"\x1b[91;101mx\x1b[39;49my", "x{9/9}y{}"},
      {"\x1b[1mb\x1b[2mbf\x1b[22mn", "b{b}bf{bf}n{}"},
      {"\x1b[3;7;8;9mx\x1b[23;27;28;29my", "x{ivhs}y{}"},
      {"\x1b[4:3mwavy\x1b[4:0moff", "wavy{u}off{}"},
      {"\x1b[38;5mx", "x{}"},
      {"\x1b[38;9;1mx", "x{}"},
      {"\x1b[999mx", "x{}"},
      {"\x1b[?25mx\x1b[>4;1mx", "x{}x{}"},
      {"a\x1b[2Kb\x1b[1;2Hc", "a{}b{}c{}"},
  };
  for (const auto& [line, expected] : table) EXPECT_EQ(printed(line), expected) << line;
}

TEST(Ansi, StripsEverySortOfSequence) {
  const std::vector<std::pair<std::string_view, std::string_view>> table{
      {"\x1b]0;title\x07text", "text"},
      {"\x1b]8;;https://a.example\x1b\\link\x1b]8;;\x1b\\", "link"},
      {"\x1bPdcs\x1b\\text", "text"},
      {"\x1b_apc\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\text", "text"},
      {"\x1b(Btext\x1b)0", "text"},
      {"\x1b"
       "7text\x1b"
       "8\x1b=\x1b>",
       "text"},
      {"\x1b[0 qtext", "text"},
  };
  for (const auto& [line, expected] : table) EXPECT_EQ(strip_ansi(line), expected) << line;
}

TEST(Ansi, MalformedSequencesHideNoText) {
  const std::vector<std::pair<std::string_view, std::string_view>> table{
      {"\x1b", ""},
      {"\x1b[", ""},
      {"\x1b[31", ""},
      {"text\x1b[31\x01more", "text\x01more"},
      {"\x1b\x1b[31mtext", "text"},
      {"\x1b]0;no end", "0;no end"},
      {"\x1b]0;broken\x1b[31mtext", "0;brokentext"},
      {"\x1b[3\xc3\xa9m", "\xc3\xa9m"},
      {"\x1b\nx", "\nx"},
  };
  for (const auto& [line, expected] : table) EXPECT_EQ(strip_ansi(line), expected) << line;
}

TEST(Ansi, StrippingIntoABufferStopsWhenItIsFull) {
  std::array<char, 6> buffer;
  const std::size_t used = strip_ansi_into(buffer, "\x1b[1mfour\x1b[0mteen\x1b[0m");
  EXPECT_EQ(std::string_view(buffer.data(), used), "fourte");
}

TEST(Ansi, UnfinishedSequencesCostLinearTime) {
  for (const std::string_view unit : {"\x1b", "\x1b[", "\x1b]", "\x1b[1;", "\x1bP", "\x1b("}) {
    std::string line;
    while (line.size() < 1'048'576) line += unit;
    EXPECT_EQ(strip_ansi(line), "");
  }
  EXPECT_LE(strip_ansi("\x1b[" + std::string(1'048'576, '1')).size(), 1024U * 1024U);
}

}  // namespace
}  // namespace taffrail::text
