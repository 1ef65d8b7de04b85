#include "history/metric/metric_rows.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <span>
#include <string_view>
#include <utility>

#include "history/metric/metric_block.hpp"

namespace taffrail::history {
namespace {

std::string_view text_of(store::Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// The points in a row, or none where they are damaged, which is counted.
Result<std::vector<MetricPoint>> points_of(store::Bytes bytes, std::size_t& damaged) {
  auto points = decode_points(text_of(bytes));
  if (points || points.error().code != ErrorCode::damaged) return points;
  ++damaged;
  return std::vector<MetricPoint>();
}

Exactness exactness_of(std::size_t level) { return level == 0 ? Exactness::sampled : Exactness::rolled; }

/// Adds what a series has in a window, if it has, and says which row goes.
Result<> add_old_block(store::Snapshot& snapshot, SeriesKey series, std::size_t level, std::int64_t window,
                       MetricSteps& steps, MetricMove& move) {
  auto row = snapshot.query("SELECT id, bytes FROM block WHERE series = ?1 AND level = ?2 AND window = ?3", series,
                            level, window);
  if (!row) return forward(row);
  auto there = row->step();
  if (!there) return forward(there);
  if (!*there) return {};
  auto points = points_of(row->bytes(1), move.damaged);
  if (!points) return forward(points);
  move.gone.push_back(row->integer(0));
  for (const MetricPoint& point : *points) steps.add(point, metric_levels[level].length);
  return {};
}

void add_block(MetricMove& move, SeriesKey series, std::size_t level, std::int64_t window, const MetricSteps& steps) {
  const std::vector<MetricPoint> points = steps.points();
  if (!points.empty()) move.blocks.push_back({series, level, window, encode_points(points, exactness_of(level))});
}

Result<> add_frames(store::Snapshot& snapshot, SeriesKey series, Time since, Time until, MetricSteps& steps,
                    std::size_t& damaged) {
  auto row =
      snapshot.query("SELECT step, bytes FROM frame WHERE chunk = ?1 AND step BETWEEN ?2 AND ?3 ORDER BY step, id",
                     series / MetricFrame::chunk_size, step_of(since, finest_step), step_of(until, finest_step));
  if (!row) return forward(row);
  for (;;) {
    auto there = row->step();
    if (!there) return forward(there);
    if (!*there) return {};
    auto points = points_of(row->bytes(1), damaged);
    if (!points) return forward(points);
    const auto at = std::ranges::lower_bound(*points, series, {}, &MetricPoint::step);
    if (at == points->end() || at->step != series) continue;
    at->step = row->integer(0);
    const Time begin = begin_of(at->step, finest_step);
    if (begin >= since && begin < until) steps.add(*at, finest_step);
  }
}

}  // namespace

Result<std::int64_t> number(store::Snapshot& snapshot, std::string_view sql) {
  auto row = snapshot.query(sql);
  if (!row) return forward(row);
  auto there = row->step();
  if (!there) return forward(there);
  return *there ? row->integer(0) : 0;
}

Result<SeriesKey> put_series(store::Transaction& transaction, const ContainerId& id) {
  auto done = transaction.run("INSERT INTO series(host, container) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                              id.host().str(), id.str());
  if (!done) return forward(done);
  auto row = transaction.query("SELECT id FROM series WHERE host = ?1 AND container = ?2", id.host().str(), id.str());
  if (!row) return forward(row);
  if (auto there = row->step(); !there) return forward(there);
  return row->integer(0);
}

bool lie_within(const std::vector<MetricPoint>& points, std::size_t level, std::int64_t window) {
  return level < metric_levels.size() &&
         std::ranges::all_of(
             points,
             [&](const MetricPoint& point) { return window_of(point.step, metric_levels.at(level)) == window; });
}

std::vector<MetricFrame> make_frames(const std::vector<KeyedSample>& samples) {
  std::map<std::pair<std::int64_t, SeriesKey>, MetricSteps> of;  // by step and series
  for (const KeyedSample& one : samples)
    of.try_emplace({step_of(one.sample.time(), finest_step), one.series}, finest_step).first->second.add(one.sample);
  std::vector<MetricFrame> frames;
  std::vector<MetricPoint> points;
  for (auto at = of.begin(); at != of.end();) {
    const std::int64_t step = at->first.first;
    const std::int64_t chunk = at->first.second / MetricFrame::chunk_size;
    points.clear();
    for (; at != of.end() && at->first.first == step && at->first.second / MetricFrame::chunk_size == chunk; ++at) {
      points.push_back(at->second.points().front());
      points.back().step = at->first.second;
    }
    frames.push_back({chunk, step, encode_points(points, Exactness::sampled)});
  }
  return frames;
}

Result<> insert_frame(store::Transaction& transaction, const MetricFrame& frame) {
  return transaction.run("INSERT INTO frame(chunk, step, bytes) VALUES (?1, ?2, ?3)", frame.chunk, frame.step,
                         std::as_bytes(std::span(frame.bytes)));
}

Result<std::vector<std::int64_t>> chunks_to_plan(store::Snapshot& snapshot, std::int64_t now_window) {
  const MetricLevel& level = metric_levels.front();
  const std::int64_t steps = level.window / level.length;
  auto row =
      snapshot.query("SELECT chunk FROM frame GROUP BY chunk HAVING min(step) < ?1 OR max(step) >= ?2 OR count(*) > ?3",
                     now_window * steps, (now_window + 1) * steps, 2 * steps);
  if (!row) return forward(row);
  std::vector<std::int64_t> chunks;
  for (;;) {
    auto there = row->step();
    if (!there) return forward(there);
    if (!*there) return chunks;
    chunks.push_back(row->integer(0));
  }
}

Result<MetricMove> plan_blocks(store::Snapshot& snapshot, std::int64_t chunk, std::int64_t now_window) {
  const MetricLevel& level = metric_levels.front();
  MetricMove move;
  std::map<std::pair<SeriesKey, std::int64_t>, MetricSteps> made;  // by series and window
  {
    auto row = snapshot.query("SELECT id, step, bytes FROM frame WHERE chunk = ?1 ORDER BY id", chunk);
    if (!row) return forward(row);
    std::int64_t left = 0;  // of this window
    const auto take = [&](std::int64_t id, std::int64_t step, store::Bytes bytes) -> Result<> {
      auto points = points_of(bytes, move.damaged);
      if (!points) return forward(points);
      move.frames.push_back(id);
      for (MetricPoint& point : *points) {
        const SeriesKey series = std::exchange(point.step, step);
        made.try_emplace({series, window_of(step, level)}, level.length).first->second.add(point, level.length);
      }
      return {};
    };
    for (;;) {
      auto there = row->step();
      if (!there) return forward(there);
      if (!*there) break;
      if (window_of(row->integer(1), level) == now_window && left++ < 2 * (level.window / level.length)) continue;
      if (auto taken = take(row->integer(0), row->integer(1), row->bytes(2)); !taken) return forward(taken);
    }
  }
  for (auto& [key, steps] : made) {
    const auto& [series, window] = key;
    if (auto added = add_old_block(snapshot, series, 0, window, steps, move); !added) return forward(added);
    add_block(move, series, 0, window, steps);
  }
  return move;
}

Result<MetricMove> plan_samples(store::Snapshot& snapshot, SeriesKey series, const std::vector<StatSample>& samples) {
  const MetricLevel& level = metric_levels.front();
  std::map<std::int64_t, MetricSteps> made;  // by window
  for (const StatSample& sample : samples)
    made.try_emplace(step_of(sample.time, level.window), level.length).first->second.add(PackedSample(sample));
  MetricMove move;
  for (auto& [window, steps] : made) {
    if (auto added = add_old_block(snapshot, series, 0, window, steps, move); !added) return forward(added);
    add_block(move, series, 0, window, steps);
  }
  return move;
}

Result<MetricMove> plan_points(store::Snapshot& snapshot, SeriesKey series, std::size_t level, std::int64_t window,
                               const std::vector<MetricPoint>& points) {
  MetricMove move;
  MetricSteps steps(metric_levels.at(level).length);
  if (auto added = add_old_block(snapshot, series, level, window, steps, move); !added) return forward(added);
  for (const MetricPoint& point : points) steps.add(point, metric_levels.at(level).length);
  add_block(move, series, level, window, steps);
  return move;
}

Result<std::vector<SeriesKey>> series_to_roll(store::Snapshot& snapshot, std::size_t level, std::int64_t window,
                                              SeriesKey after, std::size_t most) {
  auto row = snapshot.query(
      "SELECT DISTINCT series FROM block WHERE level = ?1 AND window <= ?2 AND series > ?3 ORDER BY series LIMIT ?4",
      level, window, after, most);
  if (!row) return forward(row);
  std::vector<SeriesKey> series;
  for (;;) {
    auto there = row->step();
    if (!there) return forward(there);
    if (!*there) return series;
    series.push_back(row->integer(0));
  }
}

Result<MetricMove> plan_roll_up(store::Snapshot& snapshot, SeriesKey series, std::size_t level, std::int64_t window) {
  const MetricLevel& above = metric_levels[level + 1];
  MetricMove move;
  std::map<std::int64_t, MetricSteps> made;  // by window of the level above
  {
    auto row =
        snapshot.query("SELECT id, bytes FROM block WHERE series = ?1 AND level = ?2 AND window <= ?3 ORDER BY window",
                       series, level, window);
    if (!row) return forward(row);
    for (;;) {
      auto there = row->step();
      if (!there) return forward(there);
      if (!*there) break;
      auto points = points_of(row->bytes(1), move.damaged);
      if (!points) return forward(points);
      move.gone.push_back(row->integer(0));
      for (const MetricPoint& point : *points) {
        const std::int64_t to = step_of(begin_of(point.step, metric_levels[level].length), above.window);
        made.try_emplace(to, above.length).first->second.add(point, metric_levels[level].length);
      }
    }
  }
  for (auto& [to, steps] : made) {
    if (auto added = add_old_block(snapshot, series, level + 1, to, steps, move); !added) return forward(added);
    add_block(move, series, level + 1, to, steps);
  }
  return move;
}

Result<> carry_out(store::Transaction& transaction, const MetricMove& move) {
  Result<> done;
  for (const std::int64_t frame : move.frames)
    if (done) done = transaction.run("DELETE FROM frame WHERE id = ?1", frame);
  for (const std::int64_t block : move.gone)
    if (done) done = transaction.run("DELETE FROM block WHERE id = ?1", block);
  for (const EncodedMetrics& block : move.blocks)
    if (done)
      done = transaction.run(
          "INSERT INTO block(series, level, window, bytes) SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM series "
          "WHERE id = ?1)",
          block.series, block.level, block.window, std::as_bytes(std::span(block.bytes)));
  return done;
}

Result<> read_points(store::Snapshot& snapshot, SeriesKey series, Time since, Time until, MetricSteps& steps,
                     std::size_t& damaged) {
  for (std::size_t level = metric_levels.size(); level-- > 0;) {
    const MetricLevel& kept = metric_levels[level];
    auto row = snapshot.query(
        "SELECT bytes FROM block WHERE series = ?1 AND level = ?2 AND window BETWEEN ?3 AND ?4 ORDER BY window", series,
        level, step_of(since, kept.window), step_of(until, kept.window));
    if (!row) return forward(row);
    for (;;) {
      auto there = row->step();
      if (!there) return forward(there);
      if (!*there) break;
      auto points = points_of(row->bytes(0), damaged);
      if (!points) return forward(points);
      for (const MetricPoint& point : *points) {
        const Time begin = begin_of(point.step, kept.length);
        if (begin >= since && begin < until) steps.add(point, kept.length);
      }
    }
  }
  return add_frames(snapshot, series, since, until, steps, damaged);
}

}  // namespace taffrail::history
