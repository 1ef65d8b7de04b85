#include <gtest/gtest.h>

#include <string>

#include "cli/server_address.hpp"
#include "cli/terminal_text.hpp"

namespace taffrail::cli {
namespace {

std::string shown(std::string_view text, bool colors) {
  std::string out;
  append_terminal_text(out, text, colors);
  return out;
}

TEST(TerminalText, LetsTextAndColoursThroughAndNothingElse) {
  struct Case {
    std::string_view line;
    std::string_view plain;
    std::string_view colored;
  };
  for (const Case& c : {
           Case{"héllo\tworld", "héllo\tworld", "héllo\tworld"},
           Case{"a \x1b[31mred\x1b[0m b", "a red b", "a \x1b[0;38;5;1mred\x1b[0m b"},
           Case{"\x1b[1;38;2;1;2;3mx", "x", "\x1b[0;1;38;2;1;2;3mx\x1b[0m"},
           Case{"\x1b[8mhidden", "hidden", "\x1b[0mhidden\x1b[0m"},
           Case{"\x1b]0;title\x07z", "z", "z"},      // the window's title
           Case{"\x1b]52;c;aGk=\x1b\\z", "z", "z"},  // the clipboard
           Case{"\x1b[2J\x1b[H\x1b[?1049hz\x1b"
                "c",
                "z", "z"},  // the screen
           Case{"a\rb\x08"
                "c\x7f\x07",
                "a␍b␈c␡␇", "a␍b␈c␡␇"},
           Case{"\u009b31mx", "\uFFFD31mx", "\uFFFD31mx"},  // C1, as two bytes
           Case{"\x9b"
                "31mx",
                "\uFFFD31mx", "\uFFFD31mx"},  // and as one
           Case{"a\u202Eb\u2066c\u061C", "a\uFFFDb\uFFFDc\uFFFD", "a\uFFFDb\uFFFDc\uFFFD"},
           Case{"\xff\xfe", "\uFFFD\uFFFD", "\uFFFD\uFFFD"},
       }) {
    EXPECT_EQ(shown(c.line, false), c.plain);
    EXPECT_EQ(shown(c.line, true), c.colored);
  }
}

TEST(TerminalText, NeverGivesATerminalAControlCharacter) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      std::string line = "a";
      line += static_cast<char>(first);
      line += static_cast<char>(second);
      line += "[6n";
      for (const char byte : shown(line, false))
        ASSERT_TRUE(byte == '\t' || (static_cast<unsigned char>(byte) >= 0x20 && byte != 0x7f))
            << first << ' ' << second;
    }
  }
}

TEST(TerminalText, CountsAndCutsCharacters) {
  EXPECT_EQ(columns_of("aé␍"), 3U);
  EXPECT_EQ(first_columns("aé␍b", 2), "aé");
  EXPECT_EQ(first_columns("ab", 5), "ab");
  EXPECT_EQ(first_columns("ab", 0), "");
}

TEST(ServerUrl, IsHttpHttpsOrAUnixSocket) {
  const auto plain = parse_server_url("http://[::1]:8080/logs/");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->base_path, "/logs");
  EXPECT_EQ(std::get<net::TcpEndpoint>(plain->endpoint).port, 8080);
  const auto secure = parse_server_url("https://logs.example.com");
  ASSERT_TRUE(secure);
  EXPECT_TRUE(std::get<net::TcpEndpoint>(secure->endpoint).tls);
  EXPECT_EQ(std::get<net::TcpEndpoint>(secure->endpoint).port, 443);
  const auto socket = parse_server_url("unix:/run/taffrail.sock");
  ASSERT_TRUE(socket);
  EXPECT_EQ(std::get<net::UnixEndpoint>(socket->endpoint).path, "/run/taffrail.sock");
  for (const char* wrong : {"", "localhost:8080", "ftp://x", "http://", "unix:"})
    EXPECT_FALSE(parse_server_url(wrong)) << wrong;
}

}  // namespace
}  // namespace taffrail::cli
