#include "expr/base64.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace taffrail::expr {
namespace {

using namespace std::string_view_literals;

TEST(Base64, IsThatOfTheRfc) {
  // RFC 4648, section 10, and the two letters beyond the alphabet.
  const std::pair<std::string_view, std::string_view> table[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\xFB\xFF\xFE"sv, "+//+"},
      {"\0\0"sv, "AAA="},
  };
  for (const auto& [bytes, text] : table) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
}

TEST(Base64, TakesAndRefusesWhatGoDoes) {
  struct Case {
    std::string_view text;
    std::optional<std::string_view> bytes;
  };
  const Case cases[] = {
      {"Zm9v\r\nYmFy", "foobar"},
      {"\nZg=\n=\n", "f"},
      {"Zh==", "f"},  // bits that are left over are not looked at
      {"\n", ""},
      {"Zg", {}},
      {"Zg=", {}},
      {"Z", {}},
      {"Zg===", {}},
      {"=", {}},
      {"====", {}},
      {"Z===", {}},
      {"Zg==Zg==", {}},
      {"Zm=v", {}},
      {"Zm9v=", {}},
      {" Zg==", {}},
      {"Zg== ", {}},
      {"Zg==\t", {}},
      {"Zm9-", {}},
      {"Zm9_", {}},
      {"Zg=\xC3", {}},
      {"Zm\09v"sv, {}},
      {"-", {}},
  };
  for (const Case& c : cases) EXPECT_EQ(from_base64(c.text), c.bytes) << c.text;
}

TEST(Base64, UndoesItself) {
  std::minstd_rand random(3);
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random() >> 8);
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes) << size;
  }
}

}  // namespace
}  // namespace taffrail::expr
