// The rows and traces of docs/log-formats.md, run.

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_format.hpp"
#include "text/line.hpp"
#include "text/line_time.hpp"

namespace taffrail::text {
namespace {

constexpr Time now{std::chrono::seconds(1'795'252'205)};

/// The cells of a table's row; '\|' is a bar inside one.
std::vector<std::string> cells_of(std::string_view row) {
  std::vector<std::string> cells(1);
  for (std::size_t i = 1; i < row.size(); ++i) {
    if (row.substr(i).starts_with("\\|")) {
      cells.back() += '|';
      ++i;
    } else if (row[i] == '|') {
      cells.emplace_back();
    } else {
      cells.back() += row[i];
    }
  }
  cells.pop_back();
  for (std::string& cell : cells) {
    while (cell.ends_with(' ')) cell.pop_back();
    cell.erase(0, std::min(cell.find_first_not_of(' '), cell.size()));
  }
  return cells;
}

int hex(char c) { return c <= '9' ? c - '0' : c - 'A' + 10; }

/// A line as the page writes it: in backticks, with \t, \r, \e, \\ and \xNN.
std::string line_of(std::string_view cell) {
  std::string line;
  for (std::size_t i = 1; i + 1 < cell.size(); ++i) {
    if (cell[i] != '\\') {
      line += cell[i];
      continue;
    }
    switch (cell[++i]) {
      case 't': line += '\t'; break;
      case 'r': line += '\r'; break;
      case 'e': line += '\x1b'; break;
      case 'x':
        line += static_cast<char>(hex(cell[i + 1]) * 16 + hex(cell[i + 2]));
        i += 2;
        break;
      default: line += cell[i];
    }
  }
  return line;
}

std::string time_of(std::string_view line) {
  const auto stated = stated_time(line, now);
  return stated ? to_rfc3339(stated->time) : "–";
}

TEST(LogFormats, EachLineOfThePageIsReadAsThePageSays) {
  std::ifstream page(TAFFRAIL_DOCS "/log-formats.md");
  ASSERT_TRUE(page);
  std::string row;
  std::size_t rows = 0;
  while (std::getline(page, row)) {
    if (!row.starts_with("| ") || !row.contains('`')) continue;
    const auto cells = cells_of(row);
    ASSERT_EQ(cells.size(), 5U) << row;
    const std::string line = line_of(cells[1]);
    LineClassifier classifier;
    const LineInfo info = classifier.classify(line, now, StdStream::out);
    EXPECT_EQ(to_string(info.level), cells[2]) << cells[1];
    EXPECT_EQ(to_string(info.kind), cells[3]) << cells[1];
    EXPECT_EQ(time_of(line), cells[4]) << cells[1];
    ++rows;
  }
  EXPECT_GT(rows, 120U);
}

TEST(LogFormats, EachTraceOfThePageContinuesAsThePageSays) {
  std::ifstream page(TAFFRAIL_DOCS "/log-formats.md");
  ASSERT_TRUE(page);
  std::string row;
  bool inside = false;
  std::size_t traces = 0;
  LineClassifier classifier;
  while (std::getline(page, row)) {
    if (row.starts_with("```")) {
      inside = row == "```trace";
      traces += inside ? 1 : 0;
      classifier = {};
      continue;
    }
    if (!inside) continue;
    ASSERT_FALSE(row.empty());
    const LineInfo info = classifier.classify(std::string_view(row).substr(1), now, StdStream::out);
    EXPECT_EQ(info.continues, row[0] == '+') << row;
  }
  EXPECT_GT(traces, 12U);
}

}  // namespace
}  // namespace taffrail::text
