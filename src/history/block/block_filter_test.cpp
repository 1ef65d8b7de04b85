#include "history/block/block_filter.hpp"

#include <functional>

#include "base/ascii.hpp"
#include "history/block/block_fixture.hpp"
#include "history/block/block_writer.hpp"

namespace taffrail::history {
namespace {

constexpr std::size_t any_size = 1 << 30;

BlockFilter filter_of(const std::vector<std::string>& lines, bool words = true) {
  FilterKeys keys(words);
  EXPECT_TRUE(BlockWriter().encode(batch_of(lines), &keys));
  return BlockFilter::build(keys, any_size);
}

TEST(BlockFilter, FindsAnyTwelveCharactersOfATokenWithADigit) {
  const std::string token = "4f2a9be0C1d24e77a8b3Zq0001kkkkLLLL";
  const BlockFilter filter = filter_of({"id=" + token + ".", "x"});
  for (std::size_t at = 0; at + 12 <= token.size(); ++at) {
    for (std::size_t size = 12; at + size <= token.size(); ++size) {
      EXPECT_TRUE(filter.may_hold({.text = token.substr(at, size)})) << at << ' ' << size;
      EXPECT_TRUE(filter.may_hold({.text = ascii::to_lower(token.substr(at, size)), .folded = true}));
    }
  }
  EXPECT_FALSE(filter.may_hold({.text = "4f2a9be1C1d24"}));
}

TEST(BlockFilter, FindsShortTokensAsAWholeAndNeverDeniesAPart) {
  const BlockFilter filter = filter_of({"port 91237 open", "user12345 in"});
  EXPECT_TRUE(filter.may_hold({.text = "91237", .whole = true}));
  EXPECT_FALSE(filter.may_hold({.text = "91238", .whole = true}));
  EXPECT_TRUE(filter.may_hold({.text = "1238"}));
  EXPECT_TRUE(filter.may_hold({.text = "91238"}));  // may be a part of a longer one
  EXPECT_FALSE(filter.may_hold({.text = " 91238 "}));
  EXPECT_TRUE(filter.may_hold({.text = " USER12345 "}));
}

TEST(BlockFilter, DeniesWordsOnlyWhereItHasThem) {
  const std::vector<std::string> lines{"connection refused by peer", "0xfacebeef1 deadbeef1",
                                       std::string("raw\0word", 8)};
  const BlockFilter with = filter_of(lines);
  EXPECT_TRUE(with.may_hold({.text = "nection"}));
  EXPECT_TRUE(with.may_hold({.text = "REFUSED", .folded = true}));
  EXPECT_TRUE(with.may_hold({.text = "xfacebee"}));
  EXPECT_TRUE(with.may_hold({.text = "beef"}));
  EXPECT_TRUE(with.may_hold({.text = "word"}));
  EXPECT_FALSE(with.may_hold({.text = "nosuchthing"}));
  const BlockFilter without = filter_of(lines, false);
  EXPECT_TRUE(without.may_hold({.text = "nosuchthing"}));
  EXPECT_FALSE(without.may_hold({.text = "nosuchthing123"}));
}

TEST(BlockFilter, KnowsThatUnicodeFoldsLettersToAsciiOnes) {
  const BlockFilter plain = filter_of({"kelvin 12345"});
  EXPECT_FALSE(plain.kinds().other_letters);
  EXPECT_FALSE(plain.may_hold({.text = "kilo", .folded = true}));
  EXPECT_FALSE(plain.may_hold({.text = "\xC5\xBF"}));
  EXPECT_TRUE(filter_of({"unit \xC5\xBF"}).may_hold({.text = "\xC5\xBF"}));
  for (const char* letter : {"\xE2\x84\xAA", "\xC4\xB0"}) {
    const BlockFilter other = filter_of({std::string("unit ") + letter + " 12345"});
    EXPECT_TRUE(other.kinds().other_letters);
    EXPECT_TRUE(other.may_hold({.text = "kilo", .folded = true}));
    EXPECT_FALSE(other.may_hold({.text = "kilo"}));
    EXPECT_FALSE(other.may_hold({.text = "meter", .folded = true}));
  }
}

TEST(BlockFilter, ForgetsTheBlockBeforeWhenItDropsRepeatedKeys) {
  BlockWriter writer;
  FilterKeys keys;
  const Batch lines = batch_of({"request 123456 from deadbeef00112233445566"});
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(writer.encode(lines, &keys));
    const BlockFilter filter = BlockFilter::build(keys, any_size);
    EXPECT_TRUE(filter.may_hold({.text = "123456", .whole = true}));
    EXPECT_TRUE(filter.may_hold({.text = "deadbeef00112233445566"}));
    EXPECT_TRUE(filter.may_hold({.text = "request"}));
  }
}

TEST(BlockFilter, IsWrongInAboutOneOfAHundred) {
  LineMaker make(5);
  std::vector<std::string> lines;
  lines.reserve(20'000);
  for (int i = 0; i < 20'000; ++i) lines.push_back("id " + make.digits(9));
  const BlockFilter filter = filter_of(lines);
  int wrong = 0;
  for (int i = 0; i < 20'000; ++i) wrong += filter.may_hold({.text = make.digits(8), .whole = true}) ? 1 : 0;
  EXPECT_LT(wrong, 20'000 / 40);
  // Parts of longer ones, too: their keys are the least of several hashes, and must lie in all lines alike.
  std::vector<std::string> traces;
  for (int i = 0; i < 20'000; ++i) traces.push_back("trace " + make.lower_hex(32));
  const BlockFilter long_ones = filter_of(traces);
  EXPECT_EQ(long_ones.kinds().part_length, 12);
  wrong = 0;
  for (int i = 0; i < 20'000; ++i) wrong += long_ones.may_hold({.text = make.lower_hex(12)}) ? 1 : 0;
  EXPECT_LT(wrong, 20'000 / 20);
  // 8.4 to 11.9 bits a key, as the number of lines is one of a ladder.
  EXPECT_LT(filter.lines().size() * 512, 20'000 * 12U + 2048);
}

TEST(BlockFilter, StaysWithinAShareOfABlockOfRandomTokens) {
  LineMaker make(6);
  std::vector<std::string> lines;
  lines.reserve(3000);
  for (int i = 0; i < 3000; ++i)
    lines.push_back(make.some("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 120) + " tail " +
                    make.number(100));
  FilterKeys keys;
  const Batch batch = batch_of(lines);
  const auto block = BlockWriter().encode(batch, &keys);
  ASSERT_TRUE(block);
  const BlockFilter filter = BlockFilter::build(keys, block->size());
  EXPECT_LE(filter.encode().size(), block->size() / 3);
  for (const std::string& line : lines) {
    ASSERT_TRUE(filter.may_hold({.text = line}));
    ASSERT_TRUE(filter.may_hold({.text = line.substr(7, 60)}));
    ASSERT_TRUE(filter.may_hold({.text = line.substr(0, 120), .whole = true}));
  }
}

TEST(BlockFilter, SeesEveryFlippedBitAndEveryCut) {
  const std::string bytes = filter_of({"port 91237 open", "4f2a9be0c1d24e77a8b3"}).encode();
  ASSERT_TRUE(BlockFilter::decode(bytes));
  EXPECT_EQ(BlockFilter::decode(bytes)->encode(), bytes);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string broken = bytes;
    broken[at] = static_cast<char>(broken[at] ^ 4);
    EXPECT_FALSE(BlockFilter::decode(broken)) << at;
    EXPECT_FALSE(BlockFilter::decode(std::string_view(bytes).substr(0, at))) << at;
  }
}

}  // namespace
}  // namespace taffrail::history
