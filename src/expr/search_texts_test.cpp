// What people type into the search box, and what it finds in a log that holds it. The log and the texts stand in
// search_texts.jsonl, a JSON object a line: first the log's lines, then the texts with the places of the lines that
// each finds (from 0) and what it was taken for. The page's own test reads the same file
// (e2e/tests/search_box.test.ts).

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <functional>
#include <simdjson.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "expr/log_variables.hpp"
#include "expr/search.hpp"

namespace taffrail::expr {
namespace {

struct LogLine {
  LineKind kind;
  std::string level;
  std::string text;
};

struct Typed {
  std::string text;
  std::string taken;
  std::vector<std::int64_t> found;
  std::string error;  // why it is no search; then the others say nothing
};

struct Table {
  std::vector<LogLine> log;
  std::vector<Typed> typed;
};

std::string text_of(simdjson::dom::element row, std::string_view key) {
  std::string_view text;
  return row[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

const Table& table() {
  static const Table read = [] {
    Table out;
    std::ifstream file(TAFFRAIL_SOURCE "/search_texts.jsonl");
    simdjson::dom::parser parser;
    for (std::string line; std::getline(file, line);) {
      const simdjson::dom::element row = parser.parse(line);
      if (row["typed"].error() != simdjson::SUCCESS) {
        const std::string kind = text_of(row, "kind");
        out.log.push_back({kind == "json"     ? LineKind::json
                           : kind == "logfmt" ? LineKind::logfmt
                                              : LineKind::text,
                           text_of(row, "level"), text_of(row, "line")});
        continue;
      }
      Typed typed{text_of(row, "typed"), text_of(row, "taken"), {}, text_of(row, "error")};
      simdjson::dom::array found;
      if (row["found"].get(found) == simdjson::SUCCESS) {
        for (const auto place : found) typed.found.push_back(place.get_int64());
      }
      out.typed.push_back(std::move(typed));
    }
    return out;
  }();
  return read;
}

/// The pairs of the one logfmt line, as its reader makes them.
class Pairs final : public MapSource {
 public:
  [[nodiscard]] Value find(std::string_view key) const override {
    for (const auto& [name, value] : pairs) {
      if (name == key) return Value(value);
    }
    return missing();
  }
  [[nodiscard]] bool contains(std::string_view key) const override {
    return std::ranges::any_of(pairs, [&](const auto& pair) { return pair.first == key; });
  }
  [[nodiscard]] std::size_t size() const override { return pairs.size(); }
  void each(const std::function<void(std::string_view, Value)>& visit) const override {
    for (const auto& [name, value] : pairs) visit(name, Value(value));
  }

 private:
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> pairs{{{"level", "warn"},
                                                                                       {"msg", "low water"},
                                                                                       {"status", "503"},
                                                                                       {"http.request.host", "db1"},
                                                                                       {"log.level", "warn"},
                                                                                       {"type", "payment"},
                                                                                       {"id", "7"}}};
};

/// The places of the log's lines that a condition holds for.
std::vector<std::int64_t> found(const Condition& condition) {
  const Pairs pairs;
  const ContainerFields container{.name = "quay-1", .host = "deck"};
  LogVariables variables;
  std::vector<std::int64_t> places;
  std::int64_t place = 0;
  for (const LogLine& line : table().log) {
    variables.set({.text = line.text,
                   .level = line.level,
                   .stream = "stdout",
                   .kind = line.kind,
                   .sequence = 1000 + place,
                   .logfmt = line.kind == LineKind::logfmt ? &pairs : nullptr,
                   .container = &container});
    if (condition.matches(variables).value_or(false)) places.push_back(place);
    ++place;
  }
  return places;
}

TEST(SearchTexts, FindWhatALogHoldsOfThem) {
  ASSERT_GT(table().typed.size(), 250U);
  for (const Typed& row : table().typed) {
    const auto search = read_search(row.text, Environment::log());
    if (!row.error.empty()) {
      ASSERT_FALSE(search) << row.text;
      EXPECT_TRUE(row.error.starts_with(search.error().message)) << row.text << ": " << search.error().message;
      continue;
    }
    ASSERT_TRUE(search) << row.text << ": " << search.error().message;
    EXPECT_EQ(to_string(search->taken), row.taken) << row.text;
    EXPECT_EQ(found(*Condition::compile(search->expression, Environment::log())), row.found)
        << row.text << " means " << search->expression;
  }
}

TEST(SearchTexts, AnyPieceOfALineFindsIt) {
  std::size_t pieces = 0;
  for (std::size_t i = 0; i < table().log.size(); ++i) {
    if (table().log[i].kind != LineKind::text) continue;
    const std::string& text = table().log[i].text;
    for (std::size_t from = text.find_first_not_of(' '); from != std::string::npos; from = text.find(' ', from + 1)) {
      const std::string piece = text.substr(text.find_first_not_of(' ', from));
      // A hyphen in front, and the shorthand's own words, mean what they say.
      if (piece.starts_with('-') || piece.contains(" -") || piece.contains("or ") || piece.contains("not ") ||
          piece.contains("and "))
        continue;
      const auto condition = compile_search(piece, Environment::log());
      ASSERT_TRUE(condition) << piece << ": " << condition.error().detail;
      const auto places = found(*condition);
      EXPECT_NE(std::ranges::find(places, static_cast<std::int64_t>(i)), places.end())
          << piece << " means " << read_search(piece, Environment::log())->expression;
      ++pieces;
    }
  }
  EXPECT_GT(pieces, 80U);
}

}  // namespace
}  // namespace taffrail::expr
