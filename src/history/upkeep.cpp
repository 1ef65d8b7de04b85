#include "history/upkeep.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

#include "base/race.hpp"
#include "base/timeout.hpp"
#include "history/block/block_limits.hpp"
#include "history/history_label.hpp"
#include "history/ingest.hpp"

namespace taffrail::history {
namespace {

using namespace std::chrono_literals;

/// How often age is looked at when nothing is written.
constexpr Duration look_every = 1min;
/// Pages that are given back to the file system at a time: 4 MiB.
constexpr std::string_view give_back = "PRAGMA incremental_vacuum(1024)";
/// A log that had nothing to merge is looked at again when it has so many more blocks.
constexpr std::uint64_t look_again = 16;
/// Blocks that are dropped in one transaction.
constexpr std::size_t drop_at_once = 16;
/// Plain blocks that nothing can join any more, for the next one is large, are merged from so many on.
constexpr std::size_t closed_run = 8;

/// A merge has time for 2 % less.
constexpr int merge_text_level = 6;

}  // namespace

Upkeep::Upkeep(const Executor& executor, store::Store& store, WorkerPool& workers, const Clock& clock,
               Catalogue& catalogue, std::function<void(const ContainerId&)> dropped)
    : store_(store),
      workers_(workers),
      clock_(clock),
      catalogue_(catalogue),
      dropped_(std::move(dropped)),
      wake_(executor) {}

void Upkeep::set_retention(const Retention& retention) {
  retention_ = retention;
  wake_.notify();
}

Task<> Upkeep::run() {
  for (;;) {
    bool did = false;
    for (const auto step : {&Upkeep::drop_too_much, &Upkeep::drop_too_old, &Upkeep::merge}) {
      auto done = co_await (this->*step)();
      // What fails now is tried again when more has been written, or a minute later.
      if (!done) spdlog::warn("history could not be tidied: {}", done.error().detail);
      did |= done.value_or(false);
    }
    if (!did) co_await first_of(wake_.wait(), sleep_for(look_every));
  }
}

// --- merging

std::optional<Upkeep::Due> Upkeep::due() const {
  const StoredLog* most = nullptr;
  for (const auto& [id, log] : catalogue_.logs()) {
    const BlockSums& sums = log.sums;
    const auto looked = looked_at_.find(log.key);
    if (looked != looked_at_.end() && sums.plain + sums.small < looked->second + look_again) continue;
    if (sums.plain >= most_plain || sums.plain_raw >= Ingest::template_bytes || sums.small >= most_small)
      return Due{log.key, false};
    if (sums.plain > 1 && (!most || sums.plain_raw > most->sums.plain_raw)) most = &log;
  }
  if (most && catalogue_.sums().plain_raw > most_plain_bytes) return Due{most->key, true};
  return std::nullopt;
}

Result<std::vector<BlockInfo>> Upkeep::run_of(store::Snapshot& snapshot, Due due) const {
  auto row = snapshot.query(
      "SELECT id, log, kind, first_seq, first_place, last_seq, last_place, least, greatest, lines, raw, size, levels "
      "FROM block WHERE log = ?1 ORDER BY last_seq",
      due.key);
  if (!row) return forward(row);
  std::vector<BlockInfo> run;
  const auto qualifies = [&](bool closed) {
    if (run.size() < 2) return false;
    if (run.front().kind == BlockInfo::Kind::templates) return run.size() >= most_small;
    std::uint64_t raw = 0;
    for (const BlockInfo& block : run) raw += block.raw;
    return due.anyhow || run.size() >= most_plain || raw >= Ingest::template_bytes ||
           (closed && run.size() >= closed_run);
  };
  for (;;) {
    auto there = row->step();
    if (!there) return forward(there);
    if (!*there) break;
    const BlockInfo block = BlockInfo::read(*row);
    const bool joinable =
        !damaged_.contains(block.key) && (block.kind == BlockInfo::Kind::plain || block.raw < small_block_bytes);
    const bool joins = joinable && (run.empty() || run.front().kind == block.kind);
    if (!joins && qualifies(true)) break;
    if (!joins) run.clear();
    if (joinable) run.push_back(block);
  }
  if (!qualifies(false)) return std::vector<BlockInfo>();
  std::uint64_t raw = 0;
  std::uint64_t lines = 0;
  std::size_t taken = 0;
  while (taken < run.size()) {
    raw += run[taken].raw;
    lines += run[taken].lines;
    if (taken >= 2 && (raw > target_block_bytes || lines > max_block_lines)) break;
    if (raw > max_block_bytes || lines > max_block_lines) break;
    ++taken;
  }
  run.resize(taken);
  return run;
}

Task<Result<bool>> Upkeep::merge() {
  const std::optional<Due> next = due();
  if (!next) co_return false;
  struct Merged {
    std::vector<BlockInfo> from;
    std::optional<EncodedRow> row;
    std::vector<BlockKey> damaged;
  };
  auto merged = co_await store_.read(workers_, [this, next](store::Snapshot& snapshot) -> Result<Merged> {
    auto run = run_of(snapshot, *next);
    if (!run) return forward(run);
    Merged made{std::move(*run), std::nullopt, {}};
    if (made.from.size() < 2) return made;
    Batch all;
    for (const BlockInfo& block : made.from) {
      auto lines = read_lines(snapshot, block);
      if (!lines && lines.error().code == ErrorCode::damaged) {
        made.damaged.push_back(block.key);
        continue;
      }
      if (!lines) return forward(lines);
      const auto offset = static_cast<std::uint32_t>(all.bytes.size());
      all.bytes += lines->bytes;
      for (Record& record : lines->records) {
        record.offset += offset;
        all.records.push_back(record);
      }
    }
    if (!made.damaged.empty()) return made;
    auto row = RowWriter(merge_text_level).templates(all);
    if (!row) return forward(row);
    made.row = std::move(*row);
    return made;
  });
  if (!merged) co_return forward(merged);
  for (const BlockKey block : merged->damaged) {
    damaged_.insert(block);
    ++state_.damaged;
    spdlog::error("block {} of history is damaged: its lines are shown as a gap", block);
  }
  StoredLog* log = catalogue_.find(next->key);
  if (!merged->row) {
    if (log && merged->damaged.empty()) looked_at_[next->key] = log->sums.plain + log->sums.small;
    co_return !merged->damaged.empty();
  }
  auto row = std::make_shared<EncodedRow>(std::move(*merged->row));
  auto written = co_await store_.write(
      [row, from = merged->from, log = next->key](store::Transaction& transaction) -> Result<bool> {
        for (const BlockInfo& block : from) {
          auto there = transaction.query("SELECT 1 FROM block WHERE id = ?1", block.key);
          if (!there) return forward(there);
          auto found = there->step();
          if (!found) return forward(found);
          if (!*found) return false;  // it was dropped meanwhile
        }
        for (const BlockInfo& block : from)
          if (auto gone = delete_block(transaction, block.key); !gone) return forward(gone);
        auto key = insert_block(transaction, log, *row);
        if (!key) return forward(key);
        row->info.key = *key;
        row->info.log = log;
        return true;
      },
      row->info.size);
  if (!written) co_return forward(written);
  log = catalogue_.find(next->key);
  if (*written && log) {
    for (const BlockInfo& block : merged->from) catalogue_.note_removed(*log, block);
    catalogue_.note_added(*log, row->info);
    looked_at_.erase(next->key);
    ++state_.merges;
  }
  co_return true;
}

// --- retention

Task<Result<bool>> Upkeep::drop_too_much() {
  // What a label allows to one log comes first.
  for (const auto& [id, log] : catalogue_.logs()) {
    const auto label = history_label(*log.container);
    if (!label || !label->bytes || log.sums.size <= *label->bytes || log.sums.blocks < 2) continue;
    co_return co_await drop(log.key, {.bytes = log.sums.size - *label->bytes});
  }
  const BlockSums& all = catalogue_.sums();
  if (all.size <= retention_.bytes) co_return false;
  const std::uint64_t share = all.size / std::max<std::size_t>(1, catalogue_.logs().size());
  const StoredLog* oldest = nullptr;
  const StoredLog* second = nullptr;
  for (const auto& [id, log] : catalogue_.logs()) {
    if (!log.first || log.sums.size < share) continue;
    if (!oldest || *log.first < *oldest->first) {
      second = std::exchange(oldest, &log);
    } else if (!second || *log.first < *second->first) {
      second = &log;
    }
  }
  if (!oldest) co_return false;
  What what{.bytes = all.size - retention_.bytes};
  if (second) what.before = second->first;
  co_return co_await drop(oldest->key, what);
}

Task<Result<bool>> Upkeep::drop_too_old() {
  if (clock_.steady_now() < next_age_look_) co_return false;
  const Time now = clock_.now();
  std::vector<std::pair<LogKey, Time>> old;
  for (const auto& [id, log] : catalogue_.logs()) {
    const auto label = history_label(*log.container);
    const std::optional<Duration> age = label && label->age ? label->age : retention_.age;
    if (age && log.first && log.first->time < moved(now, -*age)) old.emplace_back(log.key, moved(now, -*age));
  }
  bool did = false;
  for (const auto& [key, until] : old) {
    auto done = co_await drop(key, {.bytes = ~std::uint64_t{0}, .until = until});
    if (!done) co_return done;
    did |= *done;
  }
  if (!did) next_age_look_ = clock_.steady_now() + look_every;
  co_return did;
}

Task<Result<bool>> Upkeep::drop(LogKey key, What what) {
  auto dropped = co_await store_.write([key, what](store::Transaction& transaction) -> Result<Dropped> {
    Dropped gone;
    std::uint64_t bytes = 0;
    {
      auto row = transaction.query(
          "SELECT id, log, kind, first_seq, first_place, last_seq, last_place, least, greatest, lines, raw, size, "
          "levels FROM block WHERE log = ?1 ORDER BY last_seq",
          key);
      if (!row) return forward(row);
      for (;;) {
        auto there = row->step();
        if (!there) return forward(there);
        if (!*there) break;
        const BlockInfo block = BlockInfo::read(*row);
        const bool goes = bytes < what.bytes && gone.blocks.size() < drop_at_once &&
                          (!what.until || block.greatest < *what.until) &&
                          (!what.before || gone.blocks.empty() || block.first < *what.before);
        if (!goes) {
          gone.first = block.first;
          break;
        }
        bytes += block.size;
        gone.blocks.push_back(block);
      }
    }
    for (const BlockInfo& block : gone.blocks)
      if (auto done = delete_block(transaction, block.key); !done) return forward(done);
    if (gone.blocks.empty()) return gone;
    auto done =
        transaction.run("DELETE FROM gap WHERE log = ?1 AND before_seq <= ?2", key, gone.blocks.back().last.seq);
    if (done && !gone.first) done = transaction.run("DELETE FROM log WHERE id = ?1 AND removed IS NOT NULL", key);
    if (done) done = transaction.run(give_back);
    if (!done) return forward(done);
    return gone;
  });
  if (!dropped) co_return forward(dropped);
  StoredLog* log = catalogue_.find(key);
  if (!log || dropped->blocks.empty()) co_return false;
  for (const BlockInfo& block : dropped->blocks) {
    catalogue_.note_removed(*log, block);
    damaged_.erase(block.key);
    state_.dropped_lines += block.lines;
  }
  log->first = dropped->first;
  const ContainerId id = log->container->id;
  if (!log->first && log->removed) {
    catalogue_.erase(key);
    looked_at_.erase(key);
  }
  dropped_(id);
  co_return true;
}

}  // namespace taffrail::history
