#include "text/json_string.hpp"

#include <gtest/gtest.h>

#include <random>
#include <simdjson.h>
#include <string>
#include <string_view>
#include <vector>

#include "text/utf8.hpp"

namespace taffrail::text {
namespace {

std::string json(std::string_view bytes) {
  std::string out;
  append_json_string(out, bytes);
  return out;
}

/// The same, a byte at a time.
std::string plain_json(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  const std::string valid = repair_utf8(bytes);
  std::string out = "\"";
  for (std::size_t i = 0; i < valid.size(); ++i) {
    const char c = valid[i];
    const std::string_view rest = std::string_view(valid).substr(i);
    if (const auto at = std::string_view("\"\\\n\r\t\b\f").find(c); at != std::string_view::npos) {
      out += '\\';
      out += "\"\\nrtbf"[at];
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += "\\u00";
      out += digits[static_cast<unsigned char>(c) >> 4U];
      out += digits[static_cast<unsigned char>(c) & 15U];
    } else if (rest.starts_with("\u2028") || rest.starts_with("\u2029")) {
      out += rest.starts_with("\u2028") ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      out += c;
    }
  }
  return out + '"';
}

TEST(JsonString, EscapesWhatMustBeAndRepairsWhatIsInvalid) {
  const std::vector<std::pair<std::string_view, std::string_view>> table{
      {"", R"("")"},
      {"plain", R"("plain")"},
      {"a \"b\" \\ c", R"("a \"b\" \\ c")"},
      {"\n\r\t\b\f", R"("\n\r\t\b\f")"},
      {std::string_view("\0\x01\x1b[31m\x7f", 8), R"("\u0000\u0001\u001b[31m\u007f")"},
      {"\u2028\u2029\u2027\u20ac", "\"\\u2028\\u2029\u2027\u20ac\""},
      {"caf\xC3\xA9 \xF0\x9F\x9A\xA2", "\"caf\xC3\xA9 \xF0\x9F\x9A\xA2\""},
      {"bad \xff\xc3", "\"bad \uFFFD\uFFFD\""},
      {"<script>&'/", R"("<script>&'/")"},
  };
  for (const auto& [bytes, expected] : table) EXPECT_EQ(json(bytes), expected);
}

TEST(JsonString, AppendsBehindWhatIsThere) {
  std::string out = "{\"text\":";
  append_json_string(out, "a\nb");
  EXPECT_EQ(out, R"({"text":"a\nb")");
}

TEST(JsonString, AgreesWithThePlainWriterOnAnyBytes) {
  std::minstd_rand random(3);
  const std::vector<std::string_view> pieces{"\"",
                                             "\\",
                                             "\n",
                                             "\x01",
                                             "\x7f",
                                             "\u2028",
                                             "\u2029",
                                             "\u20ac",
                                             "\xE2",
                                             "\xE2\x80",
                                             "\xff",
                                             "a",
                                             "text of some length ",
                                             "\xF0\x9F\x9A\xA2",
                                             std::string_view("\0", 1)};
  simdjson::dom::parser parser;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 70, 'x');
    for (unsigned i = random() % 8; i > 0; --i)
      bytes.insert(random() % (bytes.size() + 1), pieces[random() % pieces.size()]);
    const std::string result = json(bytes);
    ASSERT_EQ(result, plain_json(bytes));
    std::string_view back;
    ASSERT_EQ(parser.parse(result).get(back), simdjson::SUCCESS) << result;
    ASSERT_EQ(back, repair_utf8(bytes));
  }
}

}  // namespace
}  // namespace taffrail::text
