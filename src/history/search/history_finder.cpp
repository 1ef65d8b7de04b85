#include "history/search/history_finder.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <variant>

#include "history/search/histogram.hpp"
#include "history/search/history_search.hpp"

namespace taffrail::history {

bool HistoryFinder::has(const ContainerId& id) const {
  const StoredLog* log = history_.ready() ? history_.catalogue().find(id) : nullptr;
  return log && log->sums.lines > 0;
}

/// All lines that there are in this time, and where they begin.
Task<Result<LogFinder::Found>> HistoryFinder::count(const LineQuery& query) {
  LineQuery all;
  all.logs = query.logs;
  all.since = query.since;
  for (QueriedLog& log : all.logs) log.filter = nullptr;
  Found found;
  for (const QueriedLog& log : query.logs) {
    const StoredLog* stored = history_.catalogue().find(log.container);
    if (!stored || stored->greatest < *query.since) continue;
    const Time from = std::max(stored->least, *query.since);
    found.from = found.from ? std::min(*found.from, from) : from;
  }
  auto counted = co_await count_lines(history_.store(), history_.pipeline().filter_workers(),
                                      {.query = std::move(all), .bars = 2});
  if (!counted) co_return forward(counted);
  found.lines = std::accumulate(counted->total.begin(), counted->total.end(), std::uint64_t{0});
  co_return found;
}

Task<Result<LogFinder::Found>> HistoryFinder::find(Wanted wanted, Take take) {
  // So that what was written until now is found. A failure is the ingest's own state.
  co_await history_.settle();
  const Clock& clock = history_.pipeline().clock();
  const SteadyTime end = clock.steady_now() + wanted.most_time;
  LineQuery query;
  query.since = wanted.since;
  query.require(expr::required(wanted.condition));
  for (Wanted::Log& log : wanted.logs)
    if (const StoredLog* stored = history_.catalogue().find(log.container))
      query.logs.push_back({.log = stored->key, .container = log.container, .filter = std::move(log.filter)});
  auto found = co_await count(query);
  if (!found) co_return forward(found);
  std::optional<Cursor> cursor;
  for (;;) {
    HistorySearch search(history_.store(), history_.pipeline().filter_workers(),
                         {.query = query,
                          .limit = std::min(wanted.most_lines, HistorySearch::max_limit),
                          .cursor = cursor,
                          .most_time = std::max<Duration>(end - clock.steady_now(), Duration(1))});
    for (;;) {
      auto items = co_await search.next();
      if (!items) co_return forward(items);
      if (items->empty()) break;
      for (LogItem& item : *items) {
        auto* lines = std::get_if<LogLines>(&item);
        if (!lines) continue;
        const Time last = lines->end().place_time;
        wanted.most_lines -= std::min(wanted.most_lines, lines->size());
        const bool more = co_await take(std::move(*lines));
        if (more) continue;
        found->from = last;
        found->complete = false;
        co_return found;
      }
    }
    if (!search.end().truncated) co_return found;
    cursor = search.end().cursor;
    if (wanted.most_lines > 0 && clock.steady_now() < end) continue;
    found->from = cursor->time;
    found->complete = false;
    co_return found;
  }
}

}  // namespace taffrail::history
