#include "history/block/block_search.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "history/block/block_filter.hpp"
#include "history/block/block_fixture.hpp"
#include "history/block/block_writer.hpp"

namespace taffrail::history {
namespace {

/// A block of lines, and the lines.
struct Stored {
  explicit Stored(std::vector<std::string> from) : lines(std::move(from)) {
    FilterKeys keys;
    auto block = BlockWriter().encode(batch_of(lines), &keys);
    EXPECT_TRUE(block);
    encoded = std::move(*block);
    filter = BlockFilter::build(keys, std::size_t{1} << 30);
    FilterKeys tokens(false);
    for (const std::string& line : lines) tokens.add_text(line);
    plain_filter = BlockFilter::build(tokens, std::size_t{1} << 30);
    small_filter = BlockFilter::build(keys, encoded.size() / 3);
  }
  [[nodiscard]] std::vector<std::uint32_t> scan(const Literal& literal) const {
    std::vector<std::uint32_t> found;
    for (std::uint32_t i = 0; i < lines.size(); ++i) {
      if (occurs(literal, lines[i])) found.push_back(i);
    }
    return found;
  }
  std::vector<std::string> lines;
  EncodedBlock encoded;
  BlockFilter filter;
  BlockFilter plain_filter;  // without words
  BlockFilter small_filter;  // of fewer kinds of keys
};

std::string shown(const Literal& literal) {
  return "«" + literal.text + "»" + (literal.folded ? " folded" : "") + (literal.whole ? " whole" : "");
}

/// Held against a scan of the lines.
void expect_found(const Stored& stored, BlockSearch& search, const Literal& literal) {
  const std::vector<std::uint32_t> wanted = stored.scan(literal);
  const auto found = search.find(literal);
  ASSERT_TRUE(found) << found.error().detail;
  ASSERT_EQ(*found, wanted) << shown(literal);
  const auto count = search.count(literal);
  ASSERT_TRUE(count);
  ASSERT_EQ(*count, wanted.size()) << shown(literal);
  if (!wanted.empty()) {
    ASSERT_TRUE(stored.filter.may_hold(literal)) << shown(literal);
    ASSERT_TRUE(stored.plain_filter.may_hold(literal)) << shown(literal);
    ASSERT_TRUE(stored.small_filter.may_hold(literal)) << shown(literal);
  }
}

TEST(BlockSearch, FindsLiteralsAcrossVariables) {
  const std::vector<std::string> lines{
      "port 9123 open",
      "id deadbeef1 and DEADBEEF2",
      "at 0x68207B7 and 0x68207b7",
      "n 123456789012345678901234",
      R"({"level":"info","msg": "connection 17 lost","n":5})",
      "xdead12 a0xbeef1",
      "0x12 0xabcdef 0 00 10",
      "token aZ19bQ28cR37 tail",
      "user1234 v1.2.3",
      std::string("raw \0 9123 line", 15),
      "say \"one\" \"two 22\" three",
      "",
  };
  const Stored stored(lines);
  Block block(stored.encoded.rows, stored.encoded.text, stored.encoded.digits);
  BlockSearch search(block);
  // Every part of every line, and what is almost one.
  for (const std::string& line : lines) {
    for (std::size_t at = 0; at < line.size(); ++at) {
      for (std::size_t size = 1; at + size <= line.size() && size <= 24; ++size) {
        const std::string text = line.substr(at, size);
        for (const bool whole : {false, true}) {
          ASSERT_NO_FATAL_FAILURE(expect_found(stored, search, {.text = text, .whole = whole}));
          ASSERT_NO_FATAL_FAILURE(
              expect_found(stored, search, {.text = ascii::to_lower(text), .folded = true, .whole = whole}));
        }
        std::string other = text;
        other.back() = other.back() == '1' ? '2' : '1';
        ASSERT_NO_FATAL_FAILURE(expect_found(stored, search, {.text = other}));
      }
    }
  }
}

TEST(BlockSearch, IsSureOfWordsWithoutPuttingLinesTogether) {
  std::vector<std::string> lines;
  lines.reserve(100);
  for (int i = 0; i < 100; ++i) lines.push_back((i % 3 == 0 ? "an error of " : "nothing at ") + std::to_string(i));
  const Stored stored(lines);
  // No digits: lines could not be put together.
  Block block(stored.encoded.rows, stored.encoded.text, {});
  BlockSearch search(block);
  const auto count = search.count({.text = "error"});
  ASSERT_TRUE(count) << count.error().detail;
  EXPECT_EQ(*count, 34U);
  EXPECT_EQ(*search.count({.text = "nothing at ", .whole = true}), 66U);
}

TEST(BlockSearch, IsSureOnlyOfLinesWithoutEscapes) {
  const std::vector<std::string> lines{"7 to flush",
                                       "\x1b[31m7\x1b[0m to flush",
                                       R"(m="to flush" n=1)",
                                       "m=\"\x1b[1mx\" o=\"to flush\"",
                                       std::string("to flush \0 1", 12),
                                       std::string("to flush \0 \x1b[m", 13)};
  const Stored stored(lines);
  Block block(stored.encoded.rows, stored.encoded.text, stored.encoded.digits);
  BlockSearch search(block);
  const auto answer = search.ask({.text = "to flush"});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->sure.indices(), (std::vector<std::uint32_t>{0, 2, 4}));
  EXPECT_EQ(answer->maybe.indices(), (std::vector<std::uint32_t>{1, 3, 5}));
}

TEST(BlockSearch, KnowsWhatCanStandBeforeAnEscape) {
  const std::string escape = "\x1b";
  LineMaker make(71);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> lines;
    for (int i = 0; i < 4; ++i) {
      lines.push_back(make.below(2) == 0 ? make.service_line() : make.hostile_line());
      if (make.below(2) == 0) lines.back().insert(make.below(lines.back().size() + 1), escape + "[1m");
    }
    const Stored stored(lines);
    Block block(stored.encoded.rows, stored.encoded.text, stored.encoded.digits);
    BlockSearch search(block);
    for (const std::string& line : lines) {
      for (std::size_t at = line.find(escape); at != std::string::npos; at = line.find(escape, at + 1)) {
        ASSERT_TRUE(*search.has_escapes());
        for (std::size_t size = 1; size <= std::min<std::size_t>(at, 40); ++size) {
          const std::string before = line.substr(at - size, size);
          ASSERT_TRUE(*search.may_be_before_escape({.text = before})) << before << " in " << line;
          ASSERT_TRUE(*search.may_be_before_escape({.text = ascii::to_lower(before), .folded = true})) << line;
        }
      }
    }
  }
  const Stored stored({"\x1b[31mbilling\x1b[0m 17", "took 17\x1b[m"});
  Block block(stored.encoded.rows, stored.encoded.text, stored.encoded.digits);
  BlockSearch search(block);
  EXPECT_TRUE(*search.may_be_before_escape({.text = "ling"}));
  EXPECT_TRUE(*search.may_be_before_escape({.text = "k 93"}));
  EXPECT_FALSE(*search.may_be_before_escape({.text = "billing "}));
  EXPECT_FALSE(*search.may_be_before_escape({.text = "k "}));
}

TEST(BlockSearch, MeetsClausesAndAsksOnlyCandidates) {
  std::vector<std::string> lines;
  lines.reserve(1000);
  for (int i = 0; i < 1000; ++i)
    lines.push_back("conn " + std::to_string(i) + (i % 10 == 0 ? " timed out" : " closed") + " by " +
                    std::to_string(i % 7));
  const Stored stored(lines);
  Block block(stored.encoded.rows, stored.encoded.text, stored.encoded.digits);
  BlockSearch search(block);
  std::size_t asked = 0;
  const std::vector<AnyOf> clauses{{{.text = "conn"}}, {{.text = "timed out"}, {.text = "no such"}}, {}};
  const auto found = search.find(clauses, [&](std::string_view line) {
    ++asked;
    return line.ends_with("3");
  });
  ASSERT_TRUE(found);
  EXPECT_EQ(asked, 100U);
  std::vector<std::uint32_t> wanted;
  for (std::uint32_t i = 0; i < 1000; i += 10) {
    if (i % 7 == 3) wanted.push_back(i);
  }
  EXPECT_EQ(*found, wanted);
  EXPECT_EQ(search.candidates({})->count(), 1000U);
}

/// A literal that is in a line, or almost.
Literal random_literal(LineMaker& make, const std::vector<std::string>& lines) {
  const std::string& line = lines[make.below(lines.size())];
  Literal literal{.folded = make.below(3) == 0, .whole = make.below(4) == 0};
  if (line.empty()) {
    literal.text = make.digits(1 + make.below(8));
    return literal;
  }
  std::size_t at = make.below(line.size());
  std::size_t size = 1 + make.below(25);
  if (make.below(3) == 0) {  // a token, or the end of one
    while (at > 0 && ascii::is_alphanumeric(line[at - 1])) --at;
    size = 0;
    while (at + size < line.size() && ascii::is_alphanumeric(line[at + size])) ++size;
    if (size > 1 && make.below(3) == 0) at += make.below(size);
    size = std::max<std::size_t>(size, 1);
  }
  literal.text = line.substr(at, size);
  if (make.below(4) == 0) literal.text[make.below(literal.text.size())] = make.some("0aF x\"", 1)[0];
  if (literal.folded) literal.text = ascii::to_lower(literal.text);
  return literal;
}

TEST(BlockSearch, FindsWhatAScanOfTheLinesFinds) {
  for (std::uint64_t seed = 0; seed < 25; ++seed) {
    LineMaker make(1000 + seed);
    std::vector<std::string> lines;
    const std::uint64_t service = seed % 4;  // parts of four that are lines of services
    for (std::uint64_t left = 20 + make.below(150); left > 0; --left)
      lines.push_back(make.below(4) <= service ? make.service_line() : make.hostile_line());
    const Stored stored(lines);
    Block block(stored.encoded.rows, stored.encoded.text, stored.encoded.digits);
    BlockSearch search(block);
    for (int round = 0; round < 400; ++round)
      ASSERT_NO_FATAL_FAILURE(expect_found(stored, search, random_literal(make, lines))) << "seed " << seed;
  }
}

TEST(BlockSearch, MeetsRandomClausesAsAScanDoes) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    LineMaker make(2000 + seed);
    std::vector<std::string> lines;
    for (std::uint64_t left = 20 + make.below(150); left > 0; --left)
      lines.push_back(make.below(5) == 0 ? make.hostile_line() : make.service_line());
    const Stored stored(lines);
    Block block(stored.encoded.rows, stored.encoded.text, stored.encoded.digits);
    BlockSearch search(block);
    for (int round = 0; round < 60; ++round) {
      std::vector<AnyOf> clauses(make.below(4));
      for (AnyOf& any_of : clauses) {
        for (std::uint64_t left = make.below(3); left > 0; --left) any_of.push_back(random_literal(make, lines));
      }
      const auto wanted = [&](std::string_view line) {
        return line.size() % 2 == 0 && std::ranges::all_of(clauses, [&](const AnyOf& any_of) {
                 return any_of.empty() ||
                        std::ranges::any_of(any_of, [&](const Literal& literal) { return occurs(literal, line); });
               });
      };
      std::vector<std::uint32_t> scanned;
      for (std::uint32_t i = 0; i < lines.size(); ++i) {
        if (wanted(lines[i])) scanned.push_back(i);
      }
      const auto found = search.find(clauses, wanted);
      ASSERT_TRUE(found) << found.error().detail;
      ASSERT_EQ(*found, scanned) << "seed " << seed;
    }
  }
}

/// As Unicode has small letters, of those in the lines below.
std::string unicode_lower(std::string text) {
  const auto replace = [&text](std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at))
      text.replace(at, from.size(), to);
  };
  replace("\xE2\x84\xAA", "k");     // the sign of kelvin
  replace("\xC4\xB0", "i");         // a capital i with a dot
  replace("\xC3\x89", "\xC3\xA9");  // a capital e with an accent
  return ascii::to_lower(text);
}

TEST(BlockSearch, HasLinesAmongItsCandidatesThatUnicodeFolds) {
  const std::vector<std::string> with_both{
      "300 \xE2\x84\xAA"
      "elv\xC4\xB0n Deadbeef1 \xE2\x84\xAA"
      "12345",
      std::string("raw \0 \xE2\x84\xAA", 9), "Kilo \xC3\x89tat 17"};
  const std::vector<std::string> with_none{"CAF\xC3\x89 4711 Kilo", std::string("raw \0 \xC3\x89", 8)};
  for (const std::vector<std::string>& lines : {with_both, with_none}) {
    const Stored stored(lines);
    Block block(stored.encoded.rows, stored.encoded.text, stored.encoded.digits);
    BlockSearch search(block);
    for (std::uint32_t i = 0; i < lines.size(); ++i) {
      const std::string small = unicode_lower(lines[i]);
      for (std::size_t at = 0; at < small.size(); ++at) {
        for (std::size_t size = 1; at + size <= small.size(); ++size) {
          const Literal literal{.text = small.substr(at, size), .folded = true};
          const std::vector<AnyOf> clauses{{literal}};
          const auto candidates = search.candidates(clauses);
          ASSERT_TRUE(candidates);
          ASSERT_TRUE(candidates->holds(i)) << shown(literal) << " in line " << i;
          ASSERT_TRUE(stored.filter.may_hold(literal)) << shown(literal);
        }
      }
    }
  }
}

}  // namespace
}  // namespace taffrail::history
