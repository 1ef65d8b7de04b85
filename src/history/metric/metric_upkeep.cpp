#include "history/metric/metric_upkeep.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "history/metric/metric_level.hpp"
#include "history/metric/stored_event.hpp"

namespace taffrail::history {
namespace {

/// Series whose points are moved at a time: some milliseconds of a worker.
constexpr std::size_t series_at_once = 32;
/// Windows that are dropped before the size is looked at again.
constexpr std::size_t drops_at_once = 8;
/// Pages that are given back to the file system at a time: 4 MiB.
constexpr std::string_view give_back = "PRAGMA incremental_vacuum(1024)";

Result<std::uint64_t> size_of(store::Snapshot& snapshot) {
  std::int64_t pages = 0;
  for (const auto& [sql, sign] : {std::pair("PRAGMA page_count", 1), std::pair("PRAGMA freelist_count", -1)}) {
    auto count = number(snapshot, sql);
    if (!count) return forward(count);
    pages += sign * *count;
  }
  auto page = number(snapshot, "PRAGMA page_size");
  if (!page) return forward(page);
  return static_cast<std::uint64_t>(pages * *page);
}

}  // namespace

std::uint64_t MetricUpkeep::take_damaged() { return std::exchange(damaged_, 0); }

Task<Result<>> MetricUpkeep::make_coarser(Time written_until, Time now) {
  auto done = co_await make_blocks(step_of(written_until, metric_levels.front().window));
  for (std::size_t level = 0; done && level + 1 < metric_levels.size(); ++level) done = co_await roll_up(level, now);
  co_return done;
}

Task<Result<>> MetricUpkeep::make_blocks(std::int64_t now_window) {
  auto chunks = co_await store_.read(
      workers_, [now_window](store::Snapshot& snapshot) { return chunks_to_plan(snapshot, now_window); });
  if (!chunks) co_return forward(chunks);
  for (const std::int64_t chunk : *chunks) {
    auto move = co_await store_.read(
        workers_, [chunk, now_window](store::Snapshot& snapshot) { return plan_blocks(snapshot, chunk, now_window); });
    if (!move) co_return forward(move);
    auto done = co_await carry_out_later(std::move(*move));
    if (!done) co_return done;
  }
  co_return Result<>();
}

Task<Result<>> MetricUpkeep::roll_up(std::size_t level, Time now) {
  const MetricLevel& from = metric_levels[level];
  const MetricLevel& to = metric_levels[level + 1];
  // The last window that ended so long ago. Series are taken up when they have a batch of them.
  const std::int64_t last = step_of(moved(now, -to.after), from.window) - 1;
  const std::int64_t due = step_of(moved(now, -(to.after + to.batch)), from.window);
  for (SeriesKey after = 0;;) {
    auto series = co_await store_.read(workers_, [level, due, after](store::Snapshot& snapshot) {
      return series_to_roll(snapshot, level, due, after, series_at_once);
    });
    if (!series) co_return forward(series);
    if (series->empty()) co_return Result<>();
    after = series->back();
    auto move = co_await store_.read(workers_, [&](store::Snapshot& snapshot) -> Result<MetricMove> {
      MetricMove all;
      for (const SeriesKey one : *series) {
        auto part = plan_roll_up(snapshot, one, level, last);
        if (!part) return part;
        std::ranges::move(part->blocks, std::back_inserter(all.blocks));
        std::ranges::move(part->gone, std::back_inserter(all.gone));
        all.damaged += part->damaged;
      }
      return all;
    });
    if (!move) co_return forward(move);
    auto done = co_await carry_out_later(std::move(*move));
    if (!done) co_return done;
  }
}

Task<Result<>> MetricUpkeep::carry_out_later(MetricMove move) {
  damaged_ += move.damaged;
  std::size_t bytes = 0;
  for (const EncodedMetrics& block : move.blocks) bytes += block.bytes.size();
  auto done = co_await store_.write(
      [moved = std::make_shared<const MetricMove>(std::move(move))](store::Transaction& transaction) -> Result<bool> {
        if (auto carried = carry_out(transaction, *moved); !carried) return forward(carried);
        return true;
      },
      bytes);
  if (!done) co_return forward(done);
  co_return Result<>();
}

Task<Result<std::uint64_t>> MetricUpkeep::drop(const MetricRetention& retention, Time now) {
  const Time oldest = retention.age ? moved(now, -*retention.age) : Time::min();
  const std::uint64_t most = retention.bytes;
  auto size = co_await store_.write([oldest](store::Transaction& transaction) -> Result<std::uint64_t> {
    auto done = bound_events(transaction, most_events_of_one, most_events, oldest);
    for (std::size_t level = 0; done && level < metric_levels.size(); ++level)
      done = transaction.run("DELETE FROM block WHERE level = ?1 AND window < ?2", level,
                             step_of(oldest, metric_levels[level].window));
    if (done) done = transaction.run(give_back);
    if (!done) return forward(done);
    return size_of(transaction);
  });
  while (size && *size > most) {
    // The oldest points are the coarsest ones.
    auto left = co_await store_.write([](store::Transaction& transaction) -> Result<std::optional<std::uint64_t>> {
      bool any = false;
      for (std::size_t level = metric_levels.size(), drops = 0; level-- > 0 && drops < drops_at_once;) {
        while (drops < drops_at_once) {
          auto done = transaction.run(
              "DELETE FROM block WHERE level = ?1 AND window = (SELECT min(window) FROM block WHERE level = ?1)",
              level);
          if (!done) return forward(done);
          if (transaction.changed_rows() == 0) break;
          any = true;
          ++drops;
        }
      }
      if (auto done = transaction.run(give_back); !done) return forward(done);
      if (!any) return std::nullopt;
      auto bytes = size_of(transaction);
      if (!bytes) return forward(bytes);
      return *bytes;
    });
    if (!left) co_return forward(left);
    if (!*left) break;
    *size = **left;
  }
  co_return size;
}

}  // namespace taffrail::history
