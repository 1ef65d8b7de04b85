#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "history/search/line_query.hpp"
#include "store/store.hpp"
#include "text/level.hpp"

namespace taffrail::history {

/// Lines by head level, at the index of the level.
using LevelTotals = std::array<std::uint64_t, text::level_count>;

struct HistogramRequest {
  static constexpr std::size_t max_bars = 2000;

  LineQuery query;
  /// At most so many bars, 2 to max_bars: their length is the shortest of some round ones that does.
  std::size_t bars = 100;
  Duration most_time = std::chrono::seconds(10);  ///< then what was counted until then is given
};

struct Histogram {
  Time from;  ///< where the first bar begins, a multiple of `step` since 1970; no later than what was asked for
  Duration step{};
  std::vector<LevelTotals> bars;  ///< none where there are no lines, or no time between `since` and `until`
  LevelTotals total{};
  bool complete = true;             ///< false: time was up before all blocks were counted
  std::uint64_t damaged_lines = 0;  ///< of blocks that could not be read
};

/// Counts lines by what they state, exactly. A block whose roll-up's steps lie within bars is counted from its row;
/// else its times and levels are read; with a filter it is searched, and of a filter that asks for literals alone no
/// line is put together where these are for sure.
/// @param request where its query has no `since` or `until`, the bound is that of the blocks that may have its lines
[[nodiscard]] Task<Result<Histogram>> count_lines(store::Store& store, WorkerPool& workers, HistogramRequest request);

/// The shortest of 1, 2 and 5 milliseconds to half a second, and of round parts and multiples of minutes, hours and
/// days, in which `bars` bars that begin at its multiples cover the time from `from` to before `until`.
[[nodiscard]] Duration bar_length(Time from, Time until, std::size_t bars);

}  // namespace taffrail::history
