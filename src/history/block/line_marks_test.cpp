#include "history/block/line_marks.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace taffrail::history {
namespace {

std::vector<std::uint32_t> none() { return {}; }

TEST(LineMarks, OfNoLinesAreNone) {
  const std::vector<std::uint32_t> first_strings{0};
  const LineMarks marks({.ids = {}, .string_ids = {}, .first_strings = first_strings}, {}, {});
  EXPECT_EQ(marks.with_any(0xFF).indices(), none());
  EXPECT_EQ(marks.where(0xFF, 0).indices(), none());
}

TEST(LineMarks, OfALineWithoutATemplateAreTheGivenOnes) {
  const std::vector<std::uint16_t> ids{0, 1};
  const std::vector<std::uint32_t> first_strings{0, 0, 0};
  const std::vector<std::uint8_t> of_templates{2};
  const LineMarks marks({.ids = ids, .string_ids = {}, .first_strings = first_strings}, of_templates, {}, 4);
  EXPECT_EQ(marks.with_any(4).indices(), (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(marks.with_any(6).indices(), (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(marks.where(6, 2).indices(), (std::vector<std::uint32_t>{1}));
}

/// Lines of random templates and strings, up to and beyond what a vector and a word hold.
TEST(LineMarks, AreThoseOfTheTemplateAndItsStringsTogether) {
  std::mt19937 random(7);
  const auto below = [&](std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random); };
  for (const std::size_t lines : {1U, 31U, 32U, 33U, 63U, 64U, 65U, 127U, 128U, 129U, 1000U}) {
    constexpr std::size_t templates = 9;
    std::vector<std::uint8_t> of_templates(templates);
    std::vector<std::uint8_t> of_strings(templates);
    for (std::uint8_t& bits : of_templates) bits = static_cast<std::uint8_t>(below(8));
    for (std::uint8_t& bits : of_strings) bits = static_cast<std::uint8_t>(below(3) == 0 ? below(8) : 0);
    std::vector<std::uint16_t> ids;
    std::vector<std::uint16_t> string_ids;
    std::vector<std::uint32_t> first_strings;
    std::vector<unsigned> expected;
    for (std::size_t line = 0; line < lines; ++line) {
      ids.push_back(static_cast<std::uint16_t>(below(templates + 1)));
      first_strings.push_back(static_cast<std::uint32_t>(string_ids.size()));
      expected.push_back(ids.back() == 0 ? 1U : of_templates[ids.back() - 1U]);
      for (std::size_t left = ids.back() == 0 ? 0 : below(3); left > 0; --left) {
        string_ids.push_back(static_cast<std::uint16_t>(below(templates)));
        expected.back() |= of_strings[string_ids.back()];
      }
    }
    first_strings.push_back(static_cast<std::uint32_t>(string_ids.size()));
    const LineMarks marks({.ids = ids, .string_ids = string_ids, .first_strings = first_strings}, of_templates,
                          of_strings, 1);
    for (std::uint8_t mask = 0; mask < 8; ++mask) {
      const LineSet any = marks.with_any(mask);
      for (std::uint8_t bits = 0; bits < 8; ++bits) {
        const LineSet these = marks.where(mask, bits);
        std::size_t count = 0;
        for (std::size_t line = 0; line < lines; ++line) {
          EXPECT_EQ(these.holds(line), (expected[line] & mask) == bits) << lines << " lines, " << line;
          EXPECT_EQ(any.holds(line), (expected[line] & mask) != 0) << lines << " lines, " << line;
          count += these.holds(line) ? 1 : 0;
        }
        EXPECT_EQ(these.count(), count) << "lines that there are not";
      }
    }
  }
}

}  // namespace
}  // namespace taffrail::history
