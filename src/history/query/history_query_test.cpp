#include "history/query/history_query.hpp"

#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "history/query/group_table.hpp"
#include "history/query/line_grouper.hpp"
#include "history/query/row_stages.hpp"
#include "history/search/search_fixture.hpp"

namespace taffrail::history {
namespace {

using namespace std::chrono_literals;

class HistoryQueryTest : public StoredLogs {
 protected:
  static std::shared_ptr<const Pipe> pipe_of(const std::string& source) {
    auto pipe = parse_pipe(source);
    EXPECT_TRUE(pipe) << source << ": " << pipe.error().message;
    return std::make_shared<const Pipe>(std::move(*pipe));
  }
  /// A request about all logs, where the condition of the query is asked as the interface has it asked.
  QueryRequest request(const std::string& source) {
    QueryRequest request{.pipe = pipe_of(source), .lines = {}, .containers = {}, .now = Time::max()};
    request.lines = query(request.pipe->condition);
    request.most_time = 10min;  // a busy machine is no reason for half an answer
    for (const QueriedLog& log : request.lines.logs) {
      Container container;
      container.id = log.container;
      container.host = HostId("h");
      container.name = log.container.str();
      container.service = log.log % 2 == 0 ? "even" : "odd";
      request.containers.push_back(std::make_shared<const ContainerView>(std::move(container), nullptr));
    }
    return request;
  }
  QueryAnswer ask(QueryRequest request) {
    auto answer = run(run_query(*store_, workers_, std::move(request)));
    EXPECT_TRUE(answer) << answer.error().detail;
    return answer ? *answer : QueryAnswer();
  }
  QueryAnswer ask(const std::string& source) { return ask(request(source)); }

  /// What one group comes to, value by value.
  struct Naive {
    std::uint64_t lines = 0;
    std::vector<std::vector<Scalar>> values;  // of each aggregate
  };
  static Scalar result(const Aggregate& aggregate, const Naive& group, std::size_t at, double seconds) {
    std::vector<double> numbers;
    std::vector<Scalar> all;
    for (const Scalar& value : group.values[at]) {
      const auto number = number_of(to_value(value));
      if (number) numbers.push_back(*number);
      if (!std::holds_alternative<std::monostate>(value)) all.push_back(number ? to_scalar(*number) : value);
    }
    double sum = 0;
    for (const double number : numbers) sum += number;
    const auto count = static_cast<double>(aggregate.argument ? std::ranges::count(group.values[at], Scalar(true))
                                                              : static_cast<std::ptrdiff_t>(group.lines));
    switch (aggregate.kind) {
      case AggregateKind::count: return to_scalar(count);
      case AggregateKind::rate: return seconds > 0 ? to_scalar(count / seconds) : Scalar();
      case AggregateKind::count_distinct: {
        std::set<Scalar> once;
        for (const Scalar& value : group.values[at])
          if (!std::holds_alternative<std::monostate>(value)) once.insert(value);
        return static_cast<std::int64_t>(once.size());
      }
      case AggregateKind::sum: return numbers.empty() ? Scalar() : to_scalar(sum);
      case AggregateKind::avg: return numbers.empty() ? Scalar() : to_scalar(sum / static_cast<double>(numbers.size()));
      case AggregateKind::quantile: {
        if (numbers.empty()) return {};
        std::ranges::sort(numbers);
        const double rank = std::ceil(aggregate.q * static_cast<double>(numbers.size()));
        return to_scalar(numbers[static_cast<std::size_t>(std::max(rank, 1.0)) - 1]);
      }
      case AggregateKind::min:
      case AggregateKind::max: {
        const auto less = [](const Scalar& a, const Scalar& b) { return compare(a, b) < 0; };
        if (all.empty()) return {};
        return aggregate.kind == AggregateKind::min ? *std::ranges::min_element(all, less)
                                                    : *std::ranges::max_element(all, less);
      }
    }
    return {};
  }
  /// The answer by a scan of all lines, one after the other.
  std::vector<Row> rows_of(const QueryRequest& request, const QueryAnswer& range) {
    std::map<std::vector<Scalar>, Naive> groups;
    const Pipe& pipe = *request.pipe;
    if (pipe.groups.empty()) groups[{}].values.resize(pipe.aggregates.size());
    expr::Context context;
    LineView view;
    for (const Line& line : scan(request.lines, false)) {
      Batch batch{.container = line.container, .bytes = line.text, .records = {line.record}};
      batch.records.front().offset = 0;
      std::size_t log = 0;
      while (request.lines.logs[log].container != line.container) ++log;
      view.set(batch, batch.records.front(), &request.containers[log]->fields());
      std::vector<Scalar> key;
      for (const GroupBy& group : pipe.groups)
        key.push_back(group_value(group, group.program->run(view.variables(), context)));
      Naive& naive = groups[key];
      ++naive.lines;
      naive.values.resize(pipe.aggregates.size());
      for (std::size_t i = 0; i < pipe.aggregates.size(); ++i)
        if (pipe.aggregates[i].argument)
          naive.values[i].push_back(to_scalar(pipe.aggregates[i].argument->run(view.variables(), context)));
      view.clear();
    }
    const std::size_t series = pipe.series_group();
    const double seconds = std::chrono::duration<double>(series < pipe.groups.size() ? pipe.groups[series].step
                                                         : range.from                ? *range.until - *range.from
                                                                                     : Duration::zero())
                               .count();
    std::vector<Row> rows;
    for (const auto& [key, naive] : groups) {
      Row row = key;
      for (std::size_t i = 0; i < pipe.aggregates.size(); ++i)
        row.push_back(result(pipe.aggregates[i], naive, i, seconds));
      rows.push_back(std::move(row));
    }
    sort_rows(rows, all_columns(pipe));
    return rows;
  }
  static void expect_same(const QueryAnswer& answer, const Pipe& pipe, const std::vector<Row>& wanted,
                          const std::string& what) {
    const std::vector<Row>& rows = answer.rows;
    ASSERT_EQ(rows.size(), wanted.size()) << what;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      ASSERT_EQ(rows[i].size(), wanted[i].size()) << what;
      for (std::size_t j = 0; j < rows[i].size(); ++j) {
        const auto one = number_of(to_value(rows[i][j]));
        const auto other = number_of(to_value(wanted[i][j]));
        // Sums of fractions depend on their order.
        double error = 1e-9;
        if (j >= pipe.groups.size() && !answer.exact[j - pipe.groups.size()])
          error = pipe.aggregates[j - pipe.groups.size()].kind == AggregateKind::quantile
                      ? QuantileSketch::relative_error * 1.000001
                      : 4 * DistinctCount::standard_error;
        if (one && other && std::abs(*one - *other) <= error * std::abs(*other)) continue;
        ASSERT_EQ(rows[i][j], wanted[i][j]) << what << " row " << i << " column " << j;
      }
    }
  }
  /// Some query that people may ask.
  std::string some_query(LineMaker& make) {
    static const std::vector<const char*> aggregates{"count()",
                                                     "count(level == \"error\")",
                                                     "rate()",
                                                     "count_distinct(text)",
                                                     "count_distinct(fields?.id)",
                                                     "min(fields?.ms)",
                                                     "max(fields?.ms)",
                                                     "avg(fields?.ms)",
                                                     "sum(fields?.ms)",
                                                     "quantile(fields?.ms, 0.9)",
                                                     "quantile(len(text), 0.5)",
                                                     "max(text)",
                                                     "min(level)",
                                                     "avg(len(text))",
                                                     "max(time)"};
    static const std::vector<const char*> groups{"level",
                                                 "stream",
                                                 "container.service",
                                                 "container.name",
                                                 "bucket(time, \"1m\")",
                                                 "bucket(time, \"1h\")",
                                                 "bucket(time, \"7s\")",
                                                 "bucket(time, \"1ms\")",
                                                 "fields?.level",
                                                 "kind",
                                                 "bucket(len(text), 16)",
                                                 "fields?.id",
                                                 "container.service + \"!\""};
    const auto list = [&](const std::vector<const char*>& from, std::size_t least) {
      std::string all;
      for (std::size_t left = least + make.below(3); left > 0; --left)
        all += (all.empty() ? "" : ", ") + std::string(from[make.below(from.size())]);
      return all;
    };
    std::string asked = make.below(3) == 0 ? "" : condition(make);
    if (asked.find('|') != std::string::npos) asked = "(" + asked + ")";
    // Many countings of levels and times alone.
    std::string what = make.below(2) == 0 ? "count(), rate()" : list(aggregates, 1);
    std::string by = list(groups, 0);
    if (make.below(3) == 0)
      by = make.pick({"level, bucket(time, \"1h\")", "level", "container.name, bucket(time, \"1m\")"});
    return asked + (asked.empty() ? "" : " | ") + what + (by.empty() ? "" : " by " + by);
  }
};

TEST_F(HistoryQueryTest, AnswersWhatALookAtEveryLineAnswers) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    LineMaker make(12'000 + seed);
    clear();
    fill(make);
    for (int round = 0; round < 80; ++round) {
      const std::string source = some_query(make);
      QueryRequest asked = request(source);
      const auto some_time = [&] {
        return Time(Duration(first_time + static_cast<std::int64_t>(make.below(7'200'000'000'000))));
      };
      if (make.below(3) == 0) asked.lines.since = some_time();
      if (make.below(3) == 0) asked.lines.until = some_time();
      if (make.below(4) == 0) asked.lines.levels &= static_cast<std::uint32_t>(make.below(128));
      if (make.below(6) == 0) asked.lines.streams = 1U << make.below(2);
      const std::string what = fmt::format("seed {} round {} '{}'", seed, round, source);
      const QueryAnswer answer = ask(asked);
      EXPECT_TRUE(answer.complete) << what;
      EXPECT_EQ(answer.lines, scan(asked.lines, false).size()) << what;
      ASSERT_NO_FATAL_FAILURE(expect_same(answer, *asked.pipe, rows_of(asked, answer), what));
    }
  }
}

TEST_F(HistoryQueryTest, CountsBlocksByTheirRollUpsWithoutReadingThem) {
  LineMaker make(9100);
  LogMaker lines(make);
  for (int i = 0; i < 10; ++i) add(0, lines.next(50), BlockInfo::Kind::templates);
  ASSERT_TRUE(run(store_->write([](store::Transaction& transaction) { return transaction.run("DELETE FROM part"); })));
  const QueryRequest asked = request("count() by level, container.name, bucket(time, \"1000h\")");
  const QueryAnswer answer = ask(asked);
  EXPECT_EQ(answer.damaged_lines, 0U);
  EXPECT_EQ(answer.scanned_lines, 0U);
  EXPECT_EQ(answer.lines, 500U);
  expect_same(answer, *asked.pipe, rows_of(asked, answer), "from rows of the catalogue");
}

TEST_F(HistoryQueryTest, CountsNothingOfADamagedBlock) {
  LineMaker make(9200);
  LogMaker lines(make);
  add(0, lines.next(30), BlockInfo::Kind::plain);
  const BlockKey key = add(0, lines.next(50), BlockInfo::Kind::plain);
  ASSERT_TRUE(run(store_->write([key](store::Transaction& transaction) {
    return transaction.run("UPDATE part SET bytes = zeroblob(40) WHERE id = ?1", part_key(key, PartOf::plain));
  })));
  for (const char* source : {"count() by stream", "count() by text"}) {
    const QueryAnswer answer = ask(source);
    EXPECT_EQ(answer.damaged_lines, 50U) << source;
    EXPECT_EQ(answer.lines, 30U) << source;
  }
}

/// Lines `user=N ms=N`, a new N each.
Batch many_users(LogMaker& lines, std::size_t from, std::size_t count) {
  Batch made = lines.next(count);
  Batch batch;
  LineContext context;
  for (std::size_t i = 0; i < count; ++i) {
    const Record& record = made.records[i];
    batch.append(record.time, record.stream, fmt::format("user={} ms={}", from + i, from + i), false);
    batch.records.back().seq = record.seq;
    batch.records.back().place_time = record.place_time;
  }
  classify(batch, 0, context);
  return batch;
}

TEST_F(HistoryQueryTest, SaysThatThereAreMoreGroupsThanItTells) {
  LineMaker make(9300);
  LogMaker lines(make);
  constexpr std::size_t blocks = 12;
  constexpr std::size_t lines_of_block = 5'000;
  for (std::size_t i = 0; i < blocks; ++i)
    add(0, many_users(lines, i * lines_of_block, lines_of_block), BlockInfo::Kind::templates);
  const QueryAnswer answer = ask("count() by fields?.user | sort desc | limit 3");
  EXPECT_EQ(answer.rows.size(), 3U);
  EXPECT_EQ(answer.groups, GroupTable::most_groups);
  EXPECT_EQ(answer.lines, blocks * lines_of_block);
  EXPECT_EQ(answer.other_lines, blocks * lines_of_block - GroupTable::most_groups);

  // Estimates, and it says that they are some.
  const QueryAnswer distinct = ask("count_distinct(fields?.user), quantile(fields?.ms, 0.5), count()");
  EXPECT_EQ(distinct.exact, (std::vector<bool>{false, false, true}));
  EXPECT_NEAR(static_cast<double>(std::get<std::int64_t>(distinct.rows[0][0])), 60'000, 60'000 * 0.065);
  EXPECT_NEAR(*number_of(to_value(distinct.rows[0][1])), 30'000, 301);

  // Nobody may have all memory.
  QueryRequest heavy = request(
      "max(text + repeat(\"x\", 400)), max(text + repeat(\"y\", 400)), min(text + repeat(\"z\", 400)) by fields?.user");
  const auto refused = run(run_query(*store_, workers_, std::move(heavy)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::too_large) << refused.error().detail;
}

TEST_F(HistoryQueryTest, EndsWhereItsTimeOrItsBytesAreUp) {
  LineMaker make(9400);
  LogMaker lines(make);
  for (std::size_t i = 0; i < 40; ++i) add(0, many_users(lines, i * 1000, 1000), BlockInfo::Kind::templates);
  QueryRequest dear = request("count() by sum(1..(30000 + len(text)))");
  dear.most_time = 200ms;
  const auto begun = std::chrono::steady_clock::now();
  const QueryAnswer answer = ask(dear);
  EXPECT_FALSE(answer.complete);
  EXPECT_GT(answer.lines, 0U);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
  // As dear: all of the cheap ones may be read within the turn after which the budget is looked at.
  QueryRequest some = request("count() by sum(1..(30000 + len(text)))");
  some.most_bytes = 1;
  EXPECT_FALSE(ask(some).complete);
}

TEST_F(HistoryQueryTest, HasOneRowForNothing) {
  const QueryAnswer none = ask("count(), avg(1), rate(), count_distinct(1)");
  ASSERT_EQ(none.rows.size(), 1U);
  EXPECT_EQ(none.rows[0], (Row{std::int64_t{0}, Scalar(), Scalar(), std::int64_t{0}}));
  EXPECT_TRUE(ask("count() by level").rows.empty());
}

TEST_F(HistoryQueryTest, SortsLimitsAndKeepsRows) {
  LineMaker make(9500);
  LogMaker lines(make);
  add(0, lines.next(300), BlockInfo::Kind::templates);
  const QueryAnswer all = ask("count() by level");
  ASSERT_GE(all.rows.size(), 2U);
  const QueryAnswer most = ask("count() by level | sort desc | limit 1");
  ASSERT_EQ(most.rows.size(), 1U);
  for (const Row& row : all.rows) EXPECT_FALSE(compare(most.rows[0][1], row[1]) < 0);
  EXPECT_EQ(most.groups, all.groups);
  EXPECT_EQ(ask("count() by level | where count < 0").rows.size(), 0U);
  EXPECT_EQ(ask("count() by level | where count > 0 and level != \"\"").rows.size(), all.rows.size());
  EXPECT_EQ(ask("count() by level | sort level desc").rows.front(), all.rows.back());
  // A condition that cannot deal with a row does not keep it.
  EXPECT_EQ(ask("count() by level | where level > 3").rows.size(), 0U);
}

TEST(GroupValue, IsWhereTheBucketBegins) {
  const auto five = parse_pipe("count() by bucket(time, \"5m\"), bucket(fields, 10), bucket(fields, 0.5)");
  ASSERT_TRUE(five);
  EXPECT_EQ(group_value(five->groups[0], expr::Value::time(Time(301s))), Scalar(Time(300s)));
  EXPECT_EQ(group_value(five->groups[0], expr::Value::time(Time(-1s))), Scalar(Time(-300s)));
  EXPECT_EQ(group_value(five->groups[0], expr::Value(3)), Scalar());
  EXPECT_EQ(group_value(five->groups[1], expr::Value(-3)), Scalar(std::int64_t{-10}));
  EXPECT_EQ(group_value(five->groups[1], expr::Value("17.5")), Scalar(std::int64_t{10}));
  EXPECT_EQ(group_value(five->groups[1], expr::Value("x")), Scalar());
  EXPECT_EQ(group_value(five->groups[2], expr::Value(0.7)), Scalar(0.5));
  EXPECT_EQ(bucket_start(Time::min(), Duration(24h)), Time::min().time_since_epoch().count());
}

}  // namespace
}  // namespace taffrail::history
