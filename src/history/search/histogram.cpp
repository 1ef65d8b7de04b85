#include "history/search/histogram.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "history/search/block_plan.hpp"
#include "history/search/block_work.hpp"
#include "history/search/roll_up_count.hpp"

namespace taffrail::history {
namespace {

using namespace std::chrono_literals;

constexpr std::array<Duration, 34> lengths{1ms, 2ms, 5ms, 10ms, 20ms, 50ms, 100ms, 200ms, 500ms, 1s,   2s, 5s,
                                           10s, 15s, 30s, 1min, 2min, 5min, 10min, 15min, 30min, 1h,   2h, 3h,
                                           6h,  12h, 24h, 48h,  168h, 336h, 720h,  1440h, 4320h, 8760h};

std::int64_t ns_of(Time time) { return time.time_since_epoch().count(); }

/// Rounds down, also before 1970.
std::int64_t multiple_of(Time time, Duration length) {
  const std::int64_t ns = ns_of(time);
  return ns / length.count() - (ns % length.count() < 0 ? 1 : 0);
}

/// Bars by the multiples of their length.
std::uint64_t bars_between(Time from, Time last, Duration length) {
  return static_cast<std::uint64_t>(multiple_of(last, length) - multiple_of(from, length)) + 1;
}

struct Bars {
  std::int64_t first = 0;  // multiple of the length
  Duration length{};
  std::vector<LevelTotals> totals;

  [[nodiscard]] std::size_t at(Time time) const { return static_cast<std::size_t>(multiple_of(time, length) - first); }
  void add(Time time, std::size_t level, std::uint64_t count) { totals[at(time)][level] += count; }
};

/// One counting.
class Counter {
 public:
  Counter(store::Store& store, WorkerPool& workers, HistogramRequest request)
      : store_(store),
        workers_(workers),
        request_(std::move(request)),
        ranges_(ranges_from(request_.query, std::nullopt, true)),
        by_rows_(request_.query.has_filters() || (request_.query.streams & 3U) != 3U) {}

  Task<Result<Histogram>> run();

 private:
  struct Haul {
    WorkTally tally;
    Bars bars;
  };

  Result<Bars> plan(store::Snapshot& snapshot);
  Result<> find_bounds(store::Snapshot& snapshot);
  bool add_roll_up(const QueriedBlock& block, std::string_view bytes, Bars& bars) const;
  Result<Haul> count(store::Snapshot& snapshot, Bars empty);
  void take(Haul haul);

  store::Store& store_;
  FairPlaces::Asker asker_;
  WorkerPool& workers_;
  HistogramRequest request_;
  LogRanges ranges_;
  bool by_rows_;  // a roll-up does not say enough
  BlockQueue queue_{true};
  Bars bars_;
  Histogram histogram_;
};

Task<Result<Histogram>> Counter::run() {
  const SteadyTime begun = std::chrono::steady_clock::now();
  auto planned = co_await store_.read(workers_, [this](store::Snapshot& snapshot) { return plan(snapshot); });
  if (!planned) co_return forward(planned);
  bars_ = std::move(*planned);
  Bars empty = bars_;
  std::ranges::fill(empty.totals, LevelTotals{});
  while (queue_.frontier()) {
    if (std::chrono::steady_clock::now() - begun >= request_.most_time) {
      histogram_.complete = false;
      break;
    }
    auto hauls = co_await run_side_by_side<Haul>(store_, workers_, asker_,
                                                 [&](store::Snapshot& snapshot) { return count(snapshot, empty); });
    if (!hauls) co_return forward(hauls);
    for (Haul& haul : *hauls) take(std::move(haul));
  }
  histogram_.step = bars_.length;
  const __int128 from = static_cast<__int128>(bars_.first) * bars_.length.count();
  histogram_.from = Time(Duration(static_cast<std::int64_t>(std::max<__int128>(from, ns_of(Time::min())))));
  for (const LevelTotals& bar : bars_.totals)
    for (std::size_t level = 0; level < bar.size(); ++level) histogram_.total[level] += bar[level];
  histogram_.bars = std::move(bars_.totals);
  co_return std::move(histogram_);
}

/// The bounds that the query does not have are those of the blocks, whose ends may lie a little beyond its lines.
Result<> Counter::find_bounds(store::Snapshot& snapshot) {
  LineQuery& query = request_.query;
  if (query.since && query.until) return {};
  Time least = Time::max();
  Time greatest = Time::min();
  auto seen = visit_blocks(snapshot, query, ranges_, [&](const QueriedBlock& block, std::string_view) -> Result<> {
    least = std::min(least, block.info.least);
    greatest = std::max(greatest, block.info.greatest);
    return {};
  });
  if (!seen) return seen;
  if (!query.since) query.since = least;
  if (!query.until) query.until = moved(greatest, Duration(1));
  return {};
}

Result<Bars> Counter::plan(store::Snapshot& snapshot) {
  if (auto found = find_bounds(snapshot); !found) return forward(found);
  const LineQuery& query = request_.query;
  if (*query.since >= *query.until) return Bars{.first = 0, .length = 1s, .totals = {}};
  Bars bars;
  bars.length = bar_length(*query.since, *query.until, request_.bars);
  bars.first = multiple_of(*query.since, bars.length);
  bars.totals.resize(bars_between(*query.since, *query.until - Duration(1), bars.length));
  std::vector<QueriedBlock> to_read;
  auto seen =
      visit_blocks(snapshot, query, ranges_, [&](const QueriedBlock& block, std::string_view roll_up) -> Result<> {
        if (by_rows_ || !add_roll_up(block, roll_up, bars)) to_read.push_back(block);
        return {};
      });
  if (!seen) return forward(seen);
  queue_.fill(std::move(to_read));
  return bars;
}

bool Counter::add_roll_up(const QueriedBlock& block, std::string_view bytes, Bars& bars) const {
  return count_by_roll_up(
      block, bytes, request_.query, [&bars](Time first, Time last) { return bars.at(first) == bars.at(last); },
      [&bars](Time time, text::Level level, std::uint64_t lines) {
        bars.add(time, static_cast<std::size_t>(level), lines);
      });
}

Result<Counter::Haul> Counter::count(store::Snapshot& snapshot, Bars empty) {
  Haul haul{.tally = {}, .bars = std::move(empty)};
  std::vector<std::pair<Time, text::Level>> counted;
  auto tally = work_on(
      snapshot, request_.query, true, queue_, [] { return false; },
      [&](BlockScan& scan, const QueriedBlock& block) {
        counted.clear();
        auto left = scan.count(
            block, [&](const Record& record, std::uint32_t) { counted.emplace_back(record.time, record.head_level); });
        // Not before the block is known to be whole.
        if (left)
          for (const auto& [time, level] : counted) haul.bars.add(time, static_cast<std::size_t>(level), 1);
        return left;
      });
  if (!tally) return forward(tally);
  haul.tally = std::move(*tally);
  return haul;
}

void Counter::take(Haul haul) {
  for (const QueriedBlock& block : haul.tally.left) queue_.put_back(block);
  for (const QueriedBlock& block : haul.tally.damaged) histogram_.damaged_lines += block.info.lines;
  for (std::size_t bar = 0; bar < bars_.totals.size(); ++bar)
    for (std::size_t level = 0; level < bars_.totals[bar].size(); ++level)
      bars_.totals[bar][level] += haul.bars.totals[bar][level];
}

}  // namespace

Duration bar_length(Time from, Time until, std::size_t bars) {
  const Time last = until - Duration(1);
  for (const Duration length : lengths) {
    if (bars_between(from, last, length) <= bars) return length;
  }
  // Bars of years: as long as need be.
  Duration length = lengths.back();
  while (bars_between(from, last, length) > bars && length < Duration::max() / 2) length *= 2;
  return length;
}

Task<Result<Histogram>> count_lines(store::Store& store, WorkerPool& workers, HistogramRequest request) {
  request.bars = std::clamp<std::size_t>(request.bars, 2, HistogramRequest::max_bars);
  Counter counter(store, workers, std::move(request));
  co_return co_await counter.run();
}

}  // namespace taffrail::history
