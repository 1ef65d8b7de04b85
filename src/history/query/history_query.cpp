#include "history/query/history_query.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "expr/context.hpp"
#include "expr/log_variables.hpp"
#include "history/query/group_table.hpp"
#include "history/query/line_grouper.hpp"
#include "history/query/row_stages.hpp"
#include "history/search/block_plan.hpp"
#include "history/search/block_work.hpp"
#include "history/search/roll_up_count.hpp"
#include "history/search/turn_clock.hpp"

namespace taffrail::history {
namespace {

/// One query.
class Query {
 public:
  Query(store::Store& store, WorkerPool& workers, QueryRequest request)
      : store_(store),
        workers_(workers),
        request_(std::move(request)),
        pipe_(*request_.pipe),
        ranges_(ranges_from(request_.lines, std::nullopt, true)),
        table_(pipe_.aggregates) {}

  Task<Result<QueryAnswer>> run();

 private:
  struct Haul {
    WorkTally tally;
    std::optional<GroupTable> table;
  };

  [[nodiscard]] Duration elapsed() const { return std::chrono::steady_clock::now() - begun_; }
  [[nodiscard]] bool spent() const {
    return elapsed() >= request_.most_time || answer_.scanned_bytes >= request_.most_bytes;
  }
  Task<> in_turns(std::size_t count, std::function<void(std::size_t)> step);
  Task<> tell_logs();
  Result<std::vector<QueriedBlock>> plan(store::Snapshot& snapshot);
  Result<Haul> read(store::Snapshot& snapshot);
  void take(Haul haul);
  [[nodiscard]] double seconds_of_group() const;
  Task<Result<>> make_rows();
  Task<Result<>> keep_rows(const KeepRows& stage);

  store::Store& store_;
  FairPlaces::Asker asker_;
  WorkerPool& workers_;
  QueryRequest request_;
  const Pipe& pipe_;
  LogRanges ranges_;
  std::vector<GroupedLog> logs_;
  BlockQueue queue_{true};
  GroupTable table_;
  QueryAnswer answer_;
  SteadyTime begun_ = std::chrono::steady_clock::now();
};

/// Does something for each of so many things on workers, as long as a turn at a time, until time is up.
Task<> Query::in_turns(std::size_t count, std::function<void(std::size_t)> step) {
  std::size_t next = 0;
  while (next < count && elapsed() < request_.most_time) {
    co_await workers_.run([&] {
      TurnClock turn(work_turn);
      do step(next++);
      while (next < count && !turn.over());
    });
  }
  if (next < count) answer_.complete = false;
}

/// What a log alone tells of its groups' keys.
Task<> Query::tell_logs() {
  logs_.reserve(request_.containers.size());
  for (auto& container : request_.containers)
    logs_.push_back({.container = std::move(container), .keys = std::vector<std::string>(pipe_.groups.size())});
  if (std::ranges::none_of(pipe_.groups, [](const GroupBy& group) { return group.of == GroupBy::Of::log; })) co_return;
  expr::Context context(expr::Limits::for_conditions());
  co_await in_turns(logs_.size(), [&](std::size_t at) {
    expr::LogVariables variables;
    variables.set({.container = &logs_[at].container->fields()});
    for (std::size_t i = 0; i < pipe_.groups.size(); ++i) {
      const GroupBy& group = pipe_.groups[i];
      if (group.of == GroupBy::Of::log)
        append_key(logs_[at].keys[i], group_value(group, group.program->run(variables, context)));
    }
  });
}

Result<std::vector<QueriedBlock>> Query::plan(store::Snapshot& snapshot) {
  const LineQuery& lines = request_.lines;
  const bool by_roll_ups =
      pipe_.counts_only() && !lines.has_filters() && (lines.streams & 3U) == 3U &&
      std::ranges::none_of(pipe_.groups, [](const GroupBy& group) { return group.of == GroupBy::Of::stream; });
  Time least = Time::max();
  Time greatest = Time::min();
  std::vector<QueriedBlock> to_read;
  LineGrouper grouper(pipe_, logs_, TurnClock(work_turn));
  const auto in_one_bucket = [&](Time first, Time last) { return grouper.in_one_bucket(first, last); };
  auto seen =
      visit_blocks(snapshot, lines, ranges_, [&](const QueriedBlock& block, std::string_view roll_up) -> Result<> {
        least = std::min(least, block.info.least);
        greatest = std::max(greatest, block.info.greatest);
        const auto add = [&](Time time, text::Level level, std::uint64_t count) {
          grouper.add(block.log, time, level, count);
        };
        if (by_roll_ups && count_by_roll_up(block, roll_up, lines, in_one_bucket, add)) {
          ++answer_.skipped_blocks;
        } else {
          to_read.push_back(block);
        }
        return {};
      });
  if (!seen) return forward(seen);
  table_.merge(grouper.table());
  if (lines.since) {
    answer_.from = lines.since;
  } else if (least <= greatest) {
    answer_.from = least;
  }
  if (lines.until) {
    answer_.until = lines.until;
  } else if (least <= greatest) {
    answer_.until = moved(greatest, Duration(1));
  }
  if (lines.since && !lines.until) answer_.until = std::max(request_.now, answer_.until.value_or(request_.now));
  return to_read;
}

Result<Query::Haul> Query::read(store::Snapshot& snapshot) {
  LineGrouper grouper(pipe_, logs_, TurnClock(work_turn + last_block));
  auto tally = work_on(
      snapshot, request_.lines, true, queue_, [] { return false; },
      [&](BlockScan& scan, const QueriedBlock& block) { return grouper.read(scan, block); });
  if (!tally) return forward(tally);
  return Haul{.tally = std::move(*tally), .table = std::move(grouper.table())};
}

void Query::take(Haul haul) {
  answer_.scanned_lines += haul.tally.lines;
  answer_.scanned_bytes += haul.tally.bytes;
  answer_.skipped_blocks += haul.tally.skipped;
  for (const QueriedBlock& block : haul.tally.left) queue_.put_back(block);
  for (const QueriedBlock& block : haul.tally.damaged) answer_.damaged_lines += block.info.lines;
  table_.merge(*haul.table);
}

Task<Result<QueryAnswer>> Query::run() {
  co_await tell_logs();
  if (!answer_.complete)
    co_return fail(ErrorCode::too_large, "what it groups containers by takes too long; make it simpler");
  auto blocks = co_await store_.read(workers_, [this](store::Snapshot& snapshot) { return plan(snapshot); });
  if (!blocks) co_return forward(blocks);
  queue_.fill(std::move(*blocks));
  while (queue_.frontier()) {
    if (spent()) {
      answer_.complete = false;
      break;
    }
    auto hauls = co_await run_side_by_side<Haul>(store_, workers_, asker_,
                                                 [this](store::Snapshot& snapshot) { return read(snapshot); });
    if (!hauls) co_return forward(hauls);
    co_await workers_.run([&] {
      for (Haul& haul : *hauls) take(std::move(haul));
    });
    if (table_.bytes() > most_table_bytes)
      co_return fail(
          ErrorCode::too_large,
          fmt::format("the query's {} groups need more than {} MiB: group by less, or ask about a shorter range",
                      table_.groups().size(), most_table_bytes >> 20U));
  }
  auto made = co_await make_rows();
  if (!made) co_return forward(made);
  answer_.elapsed = elapsed();
  co_return std::move(answer_);
}

double Query::seconds_of_group() const {
  const std::size_t series = pipe_.series_group();
  if (series < pipe_.groups.size()) return std::chrono::duration<double>(pipe_.groups[series].step).count();
  if (!answer_.from || !answer_.until) return 0;
  // As doubles: the times may be further from each other than nanoseconds can say.
  const auto seconds = [](Time time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); };
  return seconds(*answer_.until) - seconds(*answer_.from);
}

Task<Result<>> Query::make_rows() {
  // A query without groups has one row, whatever there is.
  if (pipe_.groups.empty()) static_cast<void>(table_.group({}));
  answer_.exact.assign(pipe_.aggregates.size(), true);
  answer_.groups = table_.groups().size();
  answer_.other_lines = table_.others();
  answer_.lines = table_.others();
  answer_.rows.reserve(table_.groups().size());
  const double seconds = seconds_of_group();
  auto next = table_.groups().begin();
  // What was read is told, though time is up.
  request_.most_time = std::max(request_.most_time, elapsed()) + time_for_rows;
  co_await in_turns(table_.groups().size(), [&](std::size_t) {
    const auto& [key, group] = *next++;
    std::vector<Scalar>& row = answer_.rows.emplace_back();
    row.reserve(pipe_.columns.size());
    for (std::string_view left = key; !left.empty();) row.push_back(take_from_key(left));
    for (std::size_t i = 0; i < group.states.size(); ++i) {
      row.push_back(group.states[i].result(pipe_.aggregates[i], seconds));
      answer_.exact[i] = answer_.exact[i] && group.states[i].exact();
    }
    answer_.lines += group.lines;
  });
  co_await workers_.run([&] { sort_rows(answer_.rows, all_columns(pipe_)); });
  for (const RowStage& stage : pipe_.stages) {
    if (const auto* sort = std::get_if<SortRows>(&stage)) {
      co_await workers_.run([&] { sort_rows(answer_.rows, *sort); });
    } else if (const auto* limit = std::get_if<LimitRows>(&stage)) {
      answer_.rows.resize(std::min(answer_.rows.size(), limit->rows));
    } else {
      auto kept = co_await keep_rows(std::get<KeepRows>(stage));
      if (!kept) co_return kept;
    }
  }
  co_return Result<>();
}

Task<Result<>> Query::keep_rows(const KeepRows& stage) {
  std::vector<std::vector<Scalar>> kept;
  std::size_t judged = 0;
  co_await in_turns(answer_.rows.size(), [&](std::size_t at) {
    if (keeps(stage, answer_.rows[at])) kept.push_back(std::move(answer_.rows[at]));
    ++judged;
  });
  if (judged < answer_.rows.size())
    co_return fail(ErrorCode::too_large, "the condition over the rows takes too long; make it simpler");
  answer_.rows = std::move(kept);
  co_return Result<>();
}

}  // namespace

Task<Result<QueryAnswer>> run_query(store::Store& store, WorkerPool& workers, QueryRequest request) {
  Query query(store, workers, std::move(request));
  co_return co_await query.run();
}

}  // namespace taffrail::history
