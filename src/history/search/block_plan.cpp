#include "history/search/block_plan.hpp"

#include <fmt/format.h>
#include <limits>
#include <unordered_map>
#include <utility>

namespace taffrail::history {
namespace {

/// Up to so many logs are found by the index of each; for more, all rows are gone through.
constexpr std::size_t most_by_index = 32;

constexpr int roll_up_column = 13;

std::int64_t ns_of(Time time) { return time.time_since_epoch().count(); }

Result<> visit_rows(store::Statement& rows, std::size_t log, const LineQuery& query, const LogRanges& ranges,
                    const std::unordered_map<LogKey, std::size_t>& logs, const PlanVisitor& seen) {
  while (true) {
    auto there = rows.step();
    if (!there) return forward(there);
    if (!*there) return {};
    QueriedBlock block{.info = BlockInfo::read(rows), .log = log, .range = {}};
    if (log == query.logs.size()) {
      const auto found = logs.find(block.info.log);
      if (found == logs.end()) continue;
      block.log = found->second;
    }
    block.range = ranges[block.log].cut({block.info.first, block.info.last});
    if (block.range.empty()) continue;
    const store::Bytes roll_up = rows.bytes(roll_up_column);
    if (auto done = seen(block, {reinterpret_cast<const char*>(roll_up.data()), roll_up.size()}); !done)
      return forward(done);
  }
}

}  // namespace

LogRanges ranges_from(const LineQuery& query, const std::optional<Cursor>& cursor, bool descending) {
  LogRanges ranges(query.logs.size());
  if (!cursor) return ranges;
  const Place at = cursor->place();
  for (std::size_t log = 0; log < ranges.size(); ++log) {
    const ContainerId& container = query.logs[log].container;
    // Whether this log's line at that very place is still to come.
    const bool comes =
        !cursor->container.empty() && (descending ? container < cursor->container : container > cursor->container);
    if (descending) {
      ranges[log].last = comes ? at : before(at);
    } else {
      ranges[log].first = comes ? at : after(at);
    }
  }
  return ranges;
}

Result<> visit_blocks(store::Snapshot& snapshot, const LineQuery& query, const LogRanges& ranges,
                      const PlanVisitor& seen) {
  static const std::string all = fmt::format(
      "SELECT {}, roll_up FROM block WHERE greatest >= ?1 AND least <= ?2 AND (levels & ?3) != 0", BlockInfo::columns);
  static const std::string of_log = all + " AND log = ?4";
  const std::int64_t from = query.since ? ns_of(*query.since) : std::numeric_limits<std::int64_t>::min();
  const std::int64_t until = query.until ? ns_of(moved(*query.until, Duration(-1))) : ns_of(Time::max());
  const std::uint32_t levels = query.levels & 0xFFU;
  std::unordered_map<LogKey, std::size_t> logs;
  if (query.logs.size() > most_by_index) {
    for (std::size_t log = 0; log < query.logs.size(); ++log) logs.emplace(query.logs[log].log, log);
    auto rows = snapshot.query(all, from, until, levels);
    if (!rows) return forward(rows);
    return visit_rows(*rows, query.logs.size(), query, ranges, logs, seen);
  }
  for (std::size_t log = 0; log < query.logs.size(); ++log) {
    auto rows = snapshot.query(of_log, from, until, levels, query.logs[log].log);
    if (!rows) return forward(rows);
    if (auto done = visit_rows(*rows, log, query, ranges, logs, seen); !done) return done;
  }
  return {};
}

Result<std::vector<QueriedBlock>> plan_blocks(store::Snapshot& snapshot, const LineQuery& query,
                                              const LogRanges& ranges) {
  std::vector<QueriedBlock> plan;
  auto done = visit_blocks(snapshot, query, ranges, [&plan](QueriedBlock block, std::string_view) -> Result<> {
    plan.push_back(block);
    return {};
  });
  if (!done) return forward(done);
  return plan;
}

Result<std::vector<QueriedBlock>> blocks_instead(store::Snapshot& snapshot, const QueriedBlock& gone) {
  static const std::string sql =
      fmt::format("SELECT {} FROM block WHERE log = ?1 AND last_seq >= ?2 AND first_seq <= ?3", BlockInfo::columns);
  std::vector<QueriedBlock> blocks;
  auto rows = snapshot.query(sql, gone.info.log, gone.range.first.seq, gone.range.last.seq);
  if (!rows) return forward(rows);
  while (true) {
    auto there = rows->step();
    if (!there) return forward(there);
    if (!*there) return blocks;
    QueriedBlock block{.info = BlockInfo::read(*rows), .log = gone.log, .range = {}, .tallied = gone.tallied};
    block.range = gone.range.cut({block.info.first, block.info.last});
    if (!block.range.empty()) blocks.push_back(block);
  }
}

}  // namespace taffrail::history
