#include "history/query/pipe.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>
#include <string>

namespace taffrail::history {
namespace {

using namespace std::chrono_literals;

/// What was understood, on one line.
std::string print(std::string_view source) {
  const auto pipe = parse_pipe(source);
  if (!pipe) return fmt::format("{}:{} {}", pipe.error().line, pipe.error().column, pipe.error().message);
  std::string out = pipe->condition + " |";
  for (std::size_t i = 0; i < pipe->columns.size(); ++i) {
    out += ' ' + pipe->columns[i].name;
    // Of the container, the level, the stream, the time, the whole line.
    if (i < pipe->groups.size()) out += fmt::format(":{}", "gvstl"[static_cast<std::size_t>(pipe->groups[i].of)]);
  }
  for (const RowStage& stage : pipe->stages) {
    if (const auto* sort = std::get_if<SortRows>(&stage)) {
      out += " | sort";
      for (const SortKey& key : sort->keys) out += fmt::format(" {}{}", key.column, key.descending ? "-" : "+");
    } else if (const auto* limit = std::get_if<LimitRows>(&stage)) {
      out += fmt::format(" | limit {}", limit->rows);
    } else {
      out += fmt::format(" | where {}", std::get<KeepRows>(stage).condition.source());
    }
  }
  return out;
}

TEST(Pipe, UnderstandsWhatIsWritten) {
  struct Case {
    std::string_view source;
    std::string_view understood;
  };
  for (const Case& c : {
           Case{R"(level == "error" | count() by container.service, bucket(time, "5m") | sort desc | limit 20)",
                R"(level == "error" | container.service:g time:t count | sort 2- | limit 20)"},
           Case{"count()", " | count"},
           Case{" | count() by level", " | level:v count"},
           Case{"rate() as per_second by stream as s", " | s:s per_second"},
           Case{"timeout | count()", R"(lower(text) contains "timeout" | count)"},
           Case{R"(text contains "a|b" | count())", R"(text contains "a|b" | count)"},
           Case{R"((text | lower()) contains "a" | where level == "warn" | count())",
                R"(((text | lower()) contains "a") and (level == "warn") | count)"},
           Case{"count(), avg(fields?.ms), max(fields?.ms) as slowest by fields?.path",
                " | fields.path:l count avg slowest"},
           Case{"quantile(fields?.ms, 0.5), quantile(fields?.ms, 0.999), quantile(1, 1)", " | p50 p99_9 p100"},
           Case{"avg(1), avg(2), avg(3)", " | avg avg_2 avg_3"},
           Case{"count(level == \"error\") by container.name + \"/\" + container.host",
                " | container.name + \"/\" + container.host:g count"},
           Case{"count() by bucket(fields?.ms, 100) as ms | sort ms, count() desc, count",
                " | ms:l count | sort 0+ 1- 1+"},
           Case{"count() as n by level | where n > 3 and level != \"info\" | sort n",
                " | level:v n | where n > 3 and level != \"info\" | sort 1+"},
           Case{"count() by container.service | where container.service == \"a\" and count > 1",
                " | container.service:g count | where container.service == \"a\" and count > 1"},
           Case{"count() by container.labels[\"by\"], 1 + 2", " | container.labels[\"by\"]:g 1 + 2:g count"},
           Case{"count() by bucket(container.created, \"1h\")", " | container.created:g count"},
           Case{"count() by $env", " | $env:l count"},
       })
    EXPECT_EQ(print(c.source), c.understood) << c.source;
}

TEST(Pipe, SaysWhatIsWrongAndWhere) {
  struct Case {
    std::string_view source;
    std::string_view error;
  };
  for (const Case& c : {
           Case{"", "1:1 a query needs an aggregate, such as | count() by level"},
           Case{"level == \"error\"", "1:17 a query needs an aggregate, such as | count() by level"},
           Case{"count() by", "1:11 'by' needs expressions, separated by commas"},
           Case{"count() by level,", "1:18 'by' needs expressions, separated by commas"},
           Case{"count(1)", "1:7 count counts the lines of which a condition is true, and this is int"},
           Case{"sum()", "1:1 sum takes what of each line"},
           Case{"sum(1, 2)", "1:1 sum takes what of each line"},
           Case{"quantile(fields?.ms)", "1:1 quantile takes what of each line, and a number from 0 to 1"},
           Case{"quantile(fields?.ms, 95)", "1:22 a quantile is a number from 0 to 1: 0.95"},
           Case{"quantile(fields?.ms, -1)", "1:22 a quantile is a number from 0 to 1: 0.95"},
           Case{
               "count(), 3",
               "1:10 not an aggregate: count, count_distinct, min, max, avg, sum, quantile or rate, with its brackets"},
           Case{"\u00e9\u00e9 |\n count() by\n  nosuch",
                "3:3 unknown name nosuch; a field of a structured line is message.nosuch"},
           Case{"level == \"x\" | frobnicate | count()", "1:16 before the aggregates only 'where' may stand"},
           Case{"count() | frobnicate", "1:11 after the aggregates a stage is 'where', 'sort' or 'limit'"},
           Case{"count() | ", "1:11 after the aggregates a stage is 'where', 'sort' or 'limit'"},
           Case{"count() | sort nosuch", "1:16 there is no column nosuch; there are count"},
           Case{"count() | limit 0", "1:17 'limit' takes a number from 1 to 1000000"},
           Case{"count() | limit many", "1:17 'limit' takes a number from 1 to 1000000"},
           Case{"count() | limit", "1:16 'limit' takes a number from 1 to 1000000"},
           Case{"count() | where", "1:16 'where' needs a condition"},
           Case{"count() | where n > 3", "1:17 unknown name n"},
           Case{"count() as n, sum(1) as n", "1:15 two columns are named n"},
           Case{"count() as 3", "1:12 'as' needs one name, of letters, digits and _"},
           Case{"count() by bucket(time, \"soon\")", "1:25 'soon' is not a duration; write for example 15m or 1h30m"},
           Case{"count() by bucket(time, \"1us\")", "1:25 a bucket of times has 1 ms at least"},
           Case{"count() by bucket(fields, 0)",
                "1:27 the width of a bucket is a length of time, \"5m\", or a number above 0"},
           Case{"count() by bucket(time)", "1:19 a bucket is bucket(time, \"5m\") or, of numbers, bucket(EXPR, WIDTH)"},
           Case{"count() by \"abc", "1:12 literal not terminated"},
       })
    EXPECT_EQ(print(c.source), c.error) << c.source;
}

TEST(Pipe, BoundsWhatAQueryMayHave) {
  const auto many = [](std::string_view what, std::string_view between, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += std::string(i == 0 ? "" : between) + std::string(what);
    return all;
  };
  EXPECT_TRUE(parse_pipe(many("count()", ",", 16)));
  EXPECT_FALSE(parse_pipe(many("count()", ",", 17)));
  EXPECT_TRUE(parse_pipe("count() by " + many("level", ",", 8)));
  EXPECT_FALSE(parse_pipe("count() by " + many("level", ",", 9)));
  EXPECT_TRUE(parse_pipe("count()" + many("| limit 1", "", 15)));
  EXPECT_FALSE(parse_pipe("count()" + many("| limit 1", "", 16)));
  EXPECT_FALSE(parse_pipe("count() by " + std::string(5'000, '(') + "1" + std::string(5'000, ')')));
  EXPECT_FALSE(parse_pipe(std::string(6'000, '(') + "| count()"));
}

TEST(Pipe, KnowsWhatNeedsNoLine) {
  EXPECT_TRUE(parse_pipe("count(), rate() by level, stream, bucket(time, \"1h\"), container.name")->counts_only());
  EXPECT_FALSE(parse_pipe("count() by time")->counts_only());
  EXPECT_FALSE(parse_pipe("count(), avg(1) by level")->counts_only());
  EXPECT_EQ(parse_pipe("count() by level, bucket(time, \"1h\")")->series_group(), 1U);
  EXPECT_EQ(parse_pipe("count() by bucket(time, \"1m\"), bucket(time, \"1h\")")->series_group(), 2U);
}

}  // namespace
}  // namespace taffrail::history
