#include "history/pattern/example_lines.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <fmt/format.h>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "history/block/block.hpp"
#include "history/pattern/patterns.hpp"
#include "history/search/block_work.hpp"
#include "history/search/turn_clock.hpp"
#include "text/utf8.hpp"

namespace taffrail::history {
namespace {

/// Lines of a block, by their indices, rising; no lines where it is no more.
Result<std::optional<Batch>> read_some(store::Snapshot& snapshot, BlockKey key, std::span<const std::uint32_t> lines) {
  static const std::string sql = fmt::format("SELECT {} FROM block WHERE id = ?1", BlockInfo::columns);
  auto row = snapshot.query(sql, key);
  if (!row) return forward(row);
  auto there = row->step();
  if (!there) return forward(there);
  if (!*there) return std::optional<Batch>();
  const BlockInfo info = BlockInfo::read(*row);
  if (info.kind == BlockInfo::Kind::plain) {
    auto all = read_lines(snapshot, info);
    if (!all) return forward(all);
    Batch some{.container = {}, .bytes = std::move(all->bytes), .records = {}};
    for (const std::uint32_t line : lines) some.records.push_back(all->records.at(line));
    return std::optional(std::move(some));
  }
  auto rows = read_part(snapshot, key, PartOf::rows);
  if (!rows) return forward(rows);
  auto text = read_part(snapshot, key, PartOf::text);
  if (!text) return forward(text);
  auto digits = read_part(snapshot, key, PartOf::digits);
  if (!digits) return forward(digits);
  auto some = Block(*rows, *text, *digits).texts(lines);
  if (!some) return forward(some);
  return std::optional(std::move(*some));
}

/// Patterns by the lines that are their examples.
class Reading {
 public:
  Reading(std::vector<Pattern>& patterns, SteadyTime until) : patterns_(patterns), until_(until) {
    for (std::size_t i = 0; i < patterns.size(); ++i) order_.push_back(i);
    std::ranges::sort(order_, {},
                      [&](std::size_t i) { return std::pair(patterns_[i].tally.block, patterns_[i].tally.line); });
    for (std::size_t i = 0; i < order_.size(); ++i) {
      if (i == 0 || tally(i).block != tally(i - 1).block) begins_.push_back(i);
    }
  }
  [[nodiscard]] bool over() const { return next_ >= begins_.size() || std::chrono::steady_clock::now() >= until_; }

  /// Takes block after block; on a worker, beside another one.
  Result<bool> take_turn(store::Snapshot& snapshot) {
    TurnClock turn(work_turn);
    for (std::size_t block = next_++; block < begins_.size(); block = next_++) {
      const std::size_t last = block + 1 < begins_.size() ? begins_[block + 1] : order_.size();
      if (auto done = read(snapshot, begins_[block], last); !done) return forward(done);
      if (turn.over()) break;
    }
    return true;
  }

 private:
  [[nodiscard]] const FormTally& tally(std::size_t i) const { return patterns_[order_[i]].tally; }

  /// The patterns in `order_` from `first` to `last`, whose lines are in one block.
  Result<> read(store::Snapshot& snapshot, std::size_t first, std::size_t last) {
    // Each line is of one form, so no two are the same.
    std::vector<std::uint32_t> lines;
    for (std::size_t i = first; i < last; ++i) lines.push_back(tally(i).line);
    auto some = read_some(snapshot, tally(first).block, lines);
    // That a block's columns are damaged is told where its lines are read; its templates were whole.
    if (!some && (some.error().code == ErrorCode::damaged || some.error().code == ErrorCode::not_found)) return {};
    if (!some) return forward(some);
    for (std::size_t i = first; *some && i < last; ++i) {
      const std::string_view text = (*some)->text((*some)->records[i - first]);
      patterns_[order_[i]].example = text::cut_at_character(text, Pattern::max_example);
    }
    return {};
  }

  std::vector<Pattern>& patterns_;
  SteadyTime until_;
  std::vector<std::size_t> order_;
  std::vector<std::size_t> begins_;  // of the patterns of each block
  std::atomic<std::size_t> next_{0};
};

}  // namespace

Task<Result<>> read_examples(store::Store& store, WorkerPool& workers, std::vector<Pattern>& patterns,
                             SteadyTime until) {
  Reading reading(patterns, until);
  FairPlaces::Asker asker;
  while (!reading.over()) {
    auto turns = co_await run_side_by_side<bool>(
        store, workers, asker, [&](store::Snapshot& snapshot) { return reading.take_turn(snapshot); });
    if (!turns) co_return forward(turns);
  }
  co_return Result<>();
}

}  // namespace taffrail::history
