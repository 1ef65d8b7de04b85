#include "history/search/history_search.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <utility>

#include "history/search/block_plan.hpp"

namespace taffrail::history {
namespace {

/// Lines and bytes of one run: a viewer's write takes some of them at a time.
constexpr std::size_t most_lines_of_run = 512;
constexpr std::size_t most_bytes_of_run = std::size_t{256} << 10;
/// Of lines of one block in one turn.
constexpr std::size_t most_bytes_of_turn = std::size_t{4} << 20;
/// Fewer lines are sorted and rendered where the caller stands.
constexpr std::size_t bytes_of_hit = 300;

}  // namespace

HistorySearch::HistorySearch(store::Store& store, WorkerPool& workers, SearchRequest request)
    : store_(store), workers_(workers), request_(std::move(request)), queue_(request_.descending) {
  request_.limit = std::clamp<std::size_t>(request_.limit, 1, max_limit);
  std::ranges::sort(request_.query.logs, {}, &QueriedLog::container);
  over_ = request_.query.logs.empty();
}

bool HistorySearch::comes_before(const Hit& one, const Hit& other) const {
  const auto key = [](const Hit& hit) { return std::pair(hit.place, hit.log); };
  return request_.descending ? key(other) < key(one) : key(one) < key(other);
}

Task<Result<>> HistorySearch::plan() {
  const LogRanges ranges = ranges_from(request_.query, request_.cursor, request_.descending);
  auto blocks = co_await store_.read(
      workers_, [&](store::Snapshot& snapshot) { return plan_blocks(snapshot, request_.query, ranges); });
  if (!blocks) co_return forward(blocks);
  queue_.fill(std::move(*blocks));
  planned_ = true;
  co_return Result<>();
}

Task<Result<std::vector<LogItem>>> HistorySearch::next() {
  std::vector<LogItem> items;
  while (items.empty() && !over_) {
    const SteadyTime begun = std::chrono::steady_clock::now();
    if (!planned_) {
      auto planned = co_await plan();
      if (!planned) co_return forward(planned);
    }
    found_ = 0;
    auto hauls = co_await run_side_by_side<Haul>(store_, workers_, asker_,
                                                 [this](store::Snapshot& snapshot) { return scan(snapshot); });
    if (!hauls) co_return forward(hauls);
    const std::size_t size = (found_ + held_.size()) * bytes_of_hit;
    items = co_await workers_.run_sized(size, [&] { return settle(std::move(*hauls)); });
    end_.elapsed += std::chrono::steady_clock::now() - begun;
    look_whether_over();
  }
  co_return items;
}

void HistorySearch::look_whether_over() {
  const auto frontier = queue_.frontier();
  const bool spent = end_.elapsed >= request_.most_time || end_.scanned_bytes >= request_.most_bytes;
  over_ = spent || (!frontier && held_.empty());
  if (!over_) return;
  end_.truncated = cut_ || frontier || !held_.empty();
  if (!end_.truncated) return;
  if (frontier) {
    // All lines before it were given.
    const Place from = request_.descending ? after(*frontier) : before(*frontier);
    end_.cursor = Cursor{.seq = from.seq, .time = from.time, .container = {}};
  } else {
    end_.cursor = last_given_;
  }
}

Result<HistorySearch::Haul> HistorySearch::scan(store::Snapshot& snapshot) {
  Haul haul;
  auto tally = work_on(
      snapshot, request_.query, request_.descending, queue_, [this] { return found_ >= limit_left(); },
      [&](BlockScan& scan, const QueriedBlock& block) { return scan_block(scan, block, haul); });
  if (!tally) return forward(tally);
  haul.tally = std::move(*tally);
  return haul;
}

Result<PlaceRange> HistorySearch::scan_block(BlockScan& scan, const QueriedBlock& block, Haul& haul) {
  const std::size_t most = limit_left();
  const std::size_t before_it = haul.hits.size();
  std::size_t bytes = 0;
  auto left = scan.walk(block, [&](const Batch& batch, const Record& record) {
    const std::string_view text = batch.text(record);
    haul.hits.push_back({.place = record.place(), .log = block.log, .record = record, .text = std::string(text)});
    bytes += text.size();
    return haul.hits.size() - before_it < most && bytes < most_bytes_of_turn;
  });
  if (!left) {
    // What cannot be read as a whole is a gap as a whole.
    haul.hits.resize(before_it);
    return left;
  }
  found_ += haul.hits.size() - before_it;
  return left;
}

std::vector<LogItem> HistorySearch::settle(std::vector<Haul> hauls) {
  std::vector<LogItem> items;
  for (Haul& haul : hauls) {
    end_.scanned_lines += haul.tally.lines;
    end_.scanned_bytes += haul.tally.bytes;
    end_.skipped_blocks += haul.tally.skipped;
    for (const QueriedBlock& block : haul.tally.left) queue_.put_back(block);
    for (const QueriedBlock& block : haul.tally.damaged) items.push_back(gap_of(block));
    for (Hit& hit : haul.hits) {
      if (horizon_ && comes_before(*horizon_, hit)) {
        cut_ = true;
      } else {
        held_.push_back(std::move(hit));
      }
    }
  }
  const auto order = [this](const Hit& one, const Hit& other) { return comes_before(one, other); };
  std::ranges::sort(held_, order);
  trim();
  auto frontier = queue_.frontier();
  if (frontier && horizon_ && comes_before(horizon_->place, *frontier)) {
    queue_.clear();
    cut_ = true;
    frontier.reset();
  }
  const auto first_kept =
      std::ranges::find_if(held_, [&](const Hit& hit) { return frontier && !comes_before(hit.place, *frontier); });
  std::ranges::move(give(static_cast<std::size_t>(first_kept - held_.begin())), std::back_inserter(items));
  return items;
}

/// Lets go of lines beyond what may be held.
void HistorySearch::trim() {
  std::size_t bytes = 0;
  std::size_t kept = 0;
  while (kept < held_.size() && kept < limit_left() && (kept == 0 || bytes < max_held_bytes))
    bytes += held_[kept++].text.size() + sizeof(Hit);
  cut_ = cut_ || kept < held_.size();
  if (kept < held_.size() || kept == limit_left()) {
    const Hit& last = held_[kept - 1];
    horizon_ = Hit{.place = last.place, .log = last.log, .record = {}, .text = {}};
  }
  held_.resize(kept);
}

/// The first lines that are held, as runs of one container each.
std::vector<LogItem> HistorySearch::give(std::size_t count) {
  std::vector<LogItem> items;
  for (std::size_t first = 0; first < count;) {
    const std::size_t log = held_[first].log;
    std::size_t last = first;
    std::size_t bytes = 0;
    while (last < count && held_[last].log == log && last - first < most_lines_of_run && bytes < most_bytes_of_run)
      bytes += held_[last++].text.size();
    Batch batch;
    batch.container = request_.query.logs[log].container;
    batch.bytes.reserve(bytes);
    for (std::size_t i = first; i < last; ++i) {
      const Hit& hit = held_[request_.descending ? first + last - 1 - i : i];
      Record& record = batch.records.emplace_back(hit.record);
      record.offset = static_cast<std::uint32_t>(batch.bytes.size());
      batch.bytes += hit.text;
    }
    last_given_ = Cursor::of(held_[last - 1].record, batch.container);
    auto lines = std::make_shared<ClassifiedBatch>(std::move(batch));
    lines->render();
    items.emplace_back(LogLines{.batch = std::move(lines),
                                .first = 0,
                                .last = static_cast<std::uint32_t>(last - first),
                                .descending = request_.descending});
    first = last;
  }
  end_.matched += count;
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(count));
  return items;
}

LogItem HistorySearch::gap_of(const QueriedBlock& damaged) const {
  const ContainerId& container = request_.query.logs[damaged.log].container;
  const Place from = before(damaged.range.first);
  const Place to = after(damaged.range.last);
  return Gap{.container = container,
             .after = Cursor{.seq = from.seq, .time = from.time, .container = container},
             .before = Cursor{.seq = to.seq, .time = to.time, .container = container},
             .lines = damaged.info.lines,
             .reason = "damaged"};
}

}  // namespace taffrail::history
