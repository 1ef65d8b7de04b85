#include "history/search/history_search.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <fmt/format.h>
#include <set>

#include "base/ascii.hpp"
#include "base/race.hpp"
#include "history/search/search_fixture.hpp"
#include "text/ansi.hpp"
#include "text/json_string.hpp"

namespace taffrail::history {
namespace {

using namespace std::chrono_literals;

class HistorySearchTest : public StoredLogs {
 protected:
  /// Logs cut into blocks of both kinds.
  void fill(LineMaker& make) {
    const std::size_t logs = 1 + make.below(4);
    for (std::size_t log = 0; log < logs; ++log) {
      LogMaker lines(make);
      for (std::uint64_t left = 1 + make.below(8); left > 0; --left)
        add(log, lines.next(1 + make.below(60)),
            make.below(2) == 0 ? BlockInfo::Kind::plain : BlockInfo::Kind::templates);
    }
  }
  void expect_lines(const std::vector<Line>& found, const std::vector<Line>& wanted, const std::string& what) {
    ASSERT_EQ(found.size(), wanted.size()) << what;
    for (std::size_t i = 0; i < found.size(); ++i) {
      ASSERT_EQ(found[i].container, wanted[i].container) << what << " at " << i;
      ASSERT_EQ(found[i].record.place(), wanted[i].record.place()) << what << " at " << i;
      ASSERT_EQ(found[i].record.time, wanted[i].record.time) << what << " at " << i;
      ASSERT_EQ(found[i].record.head_level, wanted[i].record.head_level) << what << " at " << i;
      ASSERT_EQ(found[i].record.stream, wanted[i].record.stream) << what << " at " << i;
      ASSERT_EQ(found[i].text, wanted[i].text) << what << " at " << i;
    }
  }
  /// A part of a stored line as a person sees it, or almost.
  std::string some_text(LineMaker& make) {
    const std::string line = text::strip_ansi(lines_[make.below(lines_.size())].text);
    if (line.empty()) return make.digits(1 + make.below(4));
    std::size_t at = make.below(line.size());
    std::size_t size = 1 + make.below(20);
    if (make.below(2) == 0) {
      while (at > 0 && ascii::is_alphanumeric(line[at - 1])) --at;
      size = 1;
      while (at + size < line.size() && ascii::is_alphanumeric(line[at + size])) ++size;
    }
    std::string text = line.substr(at, size);
    // The language is of Unicode texts.
    std::erase_if(text, [](char c) { return ascii::is_high(c); });
    if (make.below(6) == 0 && !text.empty()) text.back() = '7';
    return text.empty() ? "e" : text;
  }
  static std::string quoted(std::string_view text) {
    std::string out;
    text::append_json_string(out, text);
    return out;
  }
  std::string term(LineMaker& make) {
    const std::string text = some_text(make);
    switch (make.below(14)) {
      case 0:
      case 1: return "text contains " + quoted(text);
      case 2:
      case 3: return "lower(text) contains " + quoted(ascii::to_lower(text));
      case 4: return "message contains " + quoted(text);
      case 5: return "text matches " + quoted("\\b" + std::string(ascii_word(text)) + "\\b");
      case 6: return "text matches " + quoted("(?i)" + std::string(ascii_word(text)) + ".*[0-9]{2}");
      case 7: return "text matches " + quoted("[0-9]{5}[a-f]");
      case 8: return R"(fields?.level == "warn")";
      case 9: return "fields?.id == " + quoted(text);
      case 10: return "(fields?.ms ?? 0) > " + make.number(1000);
      case 11: return make.pick({R"(level >= "warn")", R"(level == "info")", R"(level != "unknown")"});
      case 12: return "stream == \"stderr\"";
      default:
        return "timestamp >= " + std::to_string(first_time / 1'000'000 + static_cast<std::int64_t>(make.below(4'000'000)));
    }
  }
  static std::string_view ascii_word(std::string_view text) {
    std::size_t begin = 0;
    while (begin < text.size() && !ascii::is_alphanumeric(text[begin])) ++begin;
    std::size_t end = begin;
    while (end < text.size() && ascii::is_alphanumeric(text[end])) ++end;
    return begin == end ? "e" : text.substr(begin, end - begin);
  }
  std::string condition(LineMaker& make) {
    switch (make.below(8)) {
      case 0: return "";
      case 1: return term(make) + " and " + term(make);
      case 2: return term(make) + " or " + term(make);
      case 3: return "not (" + term(make) + ")";
      case 4: return "(" + term(make) + " or " + term(make) + ") and " + term(make);
      default: return term(make);
    }
  }
};

TEST_F(HistorySearchTest, FindsWhatAScanOfAllLinesFinds) {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    LineMaker make(7000 + seed);
    lines_.clear();
    const auto cleared = run(store_->write([](store::Transaction& transaction) -> Result<> {
      for (const char* sql : {"DELETE FROM part", "DELETE FROM filter", "DELETE FROM block"})
        if (auto done = transaction.run(sql); !done) return done;
      return {};
    }));
    ASSERT_TRUE(cleared);
    fill(make);
    for (int round = 0; round < 60; ++round) {
      const std::string asked = condition(make);
      SearchRequest request{.query = query(asked), .descending = make.below(2) == 0};
      LineQuery& query = request.query;
      if (make.below(4) == 0) query.since = Time(Duration(first_time + static_cast<std::int64_t>(make.below(7'200'000'000'000))));
      if (make.below(4) == 0) query.until = Time(Duration(first_time + static_cast<std::int64_t>(make.below(7'200'000'000'000))));
      if (make.below(5) == 0) query.levels &= static_cast<std::uint32_t>(make.below(128));
      if (make.below(5) == 0) query.streams = 1U << make.below(2);
      if (make.below(5) == 0) query.logs.erase(query.logs.begin() + static_cast<std::ptrdiff_t>(make.below(query.logs.size())));
      const std::vector<Line> wanted = scan(query, request.descending);
      const std::string what = fmt::format("seed {} round {} {} '{}'", seed, round, request.descending ? "desc" : "asc", asked);
      request.limit = HistorySearch::max_limit;
      Found found = search(request);
      EXPECT_FALSE(found.end.truncated) << what;
      ASSERT_NO_FATAL_FAILURE(expect_lines(found.lines, wanted, what));
      request.limit = 1 + make.below(wanted.size() < 20 ? 5 : 40);
      ASSERT_NO_FATAL_FAILURE(expect_lines(search_on(request).lines, wanted, what + " by pages"));
      // From any line on.
      if (wanted.empty()) continue;
      const std::size_t at = make.below(wanted.size());
      request.cursor = Cursor::of(wanted[at].record, wanted[at].container);
      ASSERT_NO_FATAL_FAILURE(expect_lines(
          search_on(request).lines, std::vector<Line>(wanted.begin() + static_cast<std::ptrdiff_t>(at) + 1, wanted.end()),
          what + " from a line on"));
    }
  }
}

TEST_F(HistorySearchTest, GoesOnFromWhereItsTimeWasUp) {
  LineMaker make(8000);
  fill(make);
  for (const bool descending : {true, false}) {
    SearchRequest request{.query = query(R"(text contains "e")"), .descending = descending};
    const std::vector<Line> wanted = scan(request.query, descending);
    request.limit = HistorySearch::max_limit;
    // A turn each: of two workers, so some blocks.
    request.most_time = Duration(0);
    ASSERT_NO_FATAL_FAILURE(expect_lines(search_on(request).lines, wanted, "a turn each"));
    request.most_time = 10s;
    request.most_bytes = 1;
    ASSERT_NO_FATAL_FAILURE(expect_lines(search_on(request).lines, wanted, "by bytes"));
  }
}

}  // namespace
}  // namespace taffrail::history
