#include "history/upkeep.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

#include "base/race.hpp"
#include "base/timeout.hpp"
#include "history/block/block_limits.hpp"
#include "history/history_label.hpp"
#include "history/ingest.hpp"
#include "history/metric/kept_age.hpp"
#include "store/store_limits.hpp"

namespace taffrail::history {
namespace {

using namespace std::chrono_literals;

/// How often age is looked at when nothing is written.
constexpr Duration look_every = 1min;
/// Free pages that the file keeps for what is written next. Each that is given back beyond them may cost a page that is
/// moved.
constexpr std::uint64_t spare_bytes = 4 << 20;
/// So many are given back in one transaction, some milliseconds.
constexpr std::string_view shorten = "PRAGMA incremental_vacuum(256)";
/// A log that had nothing to merge is looked at again when it has so many more blocks.
constexpr std::uint64_t look_again = 16;
/// Blocks that are dropped in one transaction.
constexpr std::size_t drop_at_once = 16;
/// Plain blocks that nothing can join any more, for the next one is large, are merged from so many on.
constexpr std::size_t closed_run = 8;

/// A merge has time for 2 % less.
constexpr int merge_text_level = 6;

/// Of pages in the file that hold nothing.
Result<std::uint64_t> free_bytes(store::Snapshot& snapshot) {
  auto row = snapshot.query("PRAGMA freelist_count");
  if (!row) return forward(row);
  auto there = row->step();
  if (!there) return forward(there);
  return static_cast<std::uint64_t>(row->integer(0)) * store::limits::page_bytes;
}

}  // namespace

Upkeep::Upkeep(const Executor& executor, store::Store& store, WorkerPool& workers, const Clock& clock,
               Catalogue& catalogue, std::function<void(const ContainerId&)> dropped)
    : store_(store),
      workers_(workers),
      clock_(clock),
      catalogue_(catalogue),
      dropped_(std::move(dropped)),
      wake_(executor),
      forgotten_(executor) {}

void Upkeep::set_retention(const Retention& retention) {
  retention_ = retention;
  notify();
}

void Upkeep::make_room(std::uint64_t bytes) {
  // Others fill the disk: half of what is stored stays, whatever they do.
  if (room_ == 0) room_left_ = catalogue_.sums().size / 2;
  room_ = bytes;
  notify();
}

Task<> Upkeep::run() {
  for (;;) {
    bool did = false;
    asked_ = false;
    for (const auto step :
         {&Upkeep::drop_forgotten, &Upkeep::drop_too_much, &Upkeep::drop_too_old, &Upkeep::give_back, &Upkeep::merge}) {
      auto done = co_await (this->*step)();
      // What fails now is tried again when more has been written, or a minute later.
      if (!done) spdlog::warn("history could not be tidied: {}", done.error().detail);
      did |= done.value_or(false);
    }
    if (!did && !asked_) co_await first_of(wake_.wait(), sleep_for(look_every));
  }
}

// --- merging

std::optional<Upkeep::Due> Upkeep::due() const {
  const StoredLog* most = nullptr;
  for (const auto& [id, log] : catalogue_.logs()) {
    const BlockSums& sums = log.sums;
    if (log.forget_to || (log.looked_at > 0 && sums.plain + sums.small < log.looked_at + look_again)) continue;
    if (sums.plain >= most_plain || sums.plain_raw >= Ingest::template_bytes || sums.small >= most_small)
      return Due{log.key, false};
    if (sums.plain > 1 && (!most || sums.plain_raw > most->sums.plain_raw)) most = &log;
  }
  if (most && catalogue_.sums().plain_raw > most_plain_bytes) return Due{most->key, true};
  return std::nullopt;
}

Result<std::vector<BlockInfo>> Upkeep::run_of(store::Snapshot& snapshot, Due due, const std::set<BlockKey>& damaged) {
  auto row = blocks_of(snapshot, due.key);
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
        !damaged.contains(block.key) && (block.kind == BlockInfo::Kind::plain || block.raw < small_block_bytes);
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
  auto merged = co_await store_.read(workers_, [next, damaged = damaged_](store::Snapshot& snapshot) -> Result<Merged> {
    auto run = run_of(snapshot, *next, damaged);
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
    if (log && merged->damaged.empty()) log->looked_at = log->sums.plain + log->sums.small;
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
    log->looked_at = 0;
    ++state_.merges;
  }
  co_return true;
}

// --- what is to be forgotten

Task<Result<>> Upkeep::forget(LogKey key) {
  StoredLog* log = catalogue_.find(key);
  if (!log) co_return Result<>();
  log->forget_to = log->last.seq;
  notify();
  for (;;) {
    co_await forgotten_.wait();
    log = catalogue_.find(key);
    if (!log || !log->forget_to) co_return Result<>();
    if (not_forgotten_) co_return std::unexpected(*not_forgotten_);
  }
}

Task<Result<bool>> Upkeep::drop_forgotten() {
  not_forgotten_.reset();
  std::vector<LogKey> keys;
  for (const auto& [id, log] : catalogue_.logs())
    if (log.forget_to) keys.push_back(log.key);
  for (const LogKey key : keys) {
    for (bool more = true; more;) {
      const StoredLog* log = catalogue_.find(key);
      if (!log) break;
      auto dropped = co_await drop(key, {.bytes = ~std::uint64_t{0}, .up_to = log->forget_to});
      if (!dropped) {
        not_forgotten_ = dropped.error();
        forgotten_.notify();
        co_return dropped;
      }
      more = *dropped;
    }
    if (StoredLog* log = catalogue_.find(key)) log->forget_to.reset();
    forgotten_.notify();
  }
  co_return !keys.empty();
}

// --- retention

Task<Result<bool>> Upkeep::drop_too_much() {
  // What a label allows to one log comes first.
  for (const auto& [id, log] : catalogue_.logs()) {
    const auto label = history_label(*log.container);
    if (!label || !label->bytes || log.sums.size <= *label->bytes || log.sums.blocks < 2) continue;
    co_return co_await drop(log.key, {.bytes = log.sums.size - *label->bytes});
  }
  auto bytes = co_await too_much();
  if (!bytes) co_return forward(bytes);
  if (*bytes == 0) co_return false;
  const BlockSums& all = catalogue_.sums();
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
  What what{.bytes = *bytes};
  if (second) what.before = second->first;
  co_return co_await drop(oldest->key, what);
}

Task<Result<std::uint64_t>> Upkeep::too_much() {
  const std::uint64_t size = catalogue_.sums().size;
  const std::uint64_t beyond = size - std::min(size, retention_.bytes);
  if (beyond > 0 || room_ == 0 || size <= room_left_ || catalogue_.sums().blocks < 2) co_return beyond;
  auto free = co_await store_.read(workers_, [](store::Snapshot& snapshot) { return free_bytes(snapshot); });
  if (!free) co_return forward(free);
  co_return std::min(room_ - std::min(room_, *free), size - room_left_);
}

Task<Result<bool>> Upkeep::drop_too_old() {
  if (clock_.steady_now() < next_age_look_) co_return false;
  if (!age_clock_) {
    std::optional<Time> newest;
    for (const auto& [id, log] : catalogue_.logs())
      if (log.first) newest = std::max(newest.value_or(log.greatest), log.greatest);
    auto kept = co_await store_.read(workers_, [](store::Snapshot& snapshot) { return read_age(snapshot); });
    if (!kept) co_return forward(kept);
    age_clock_.emplace(clock_, *kept ? *kept : newest);
  }
  const bool waited = age_clock_->waits();
  const Time now = age_clock_->now();
  if (!waited && age_clock_->waits() && retention_.age)
    spdlog::warn(
        "the clock is far ahead of where it was: what is too old by it is kept until it has been synchronised for an "
        "hour, "
        "or for a day");
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
  if (did) co_return did;
  next_age_look_ = clock_.steady_now() + look_every;
  if (clock_.steady_now() >= next_age_write_) {
    auto written =
        co_await store_.write([now](store::Transaction& transaction) { return write_age(transaction, now); });
    if (!written) co_return forward(written);
    next_age_write_ = clock_.steady_now() + keep_age_every;
  }
  co_return did;
}

Task<Result<bool>> Upkeep::drop(LogKey key, What what) {
  auto dropped = co_await store_.write([key, what](store::Transaction& transaction) -> Result<Dropped> {
    Dropped gone;
    std::uint64_t bytes = 0;
    {
      auto row = blocks_of(transaction, key);
      if (!row) return forward(row);
      for (;;) {
        auto there = row->step();
        if (!there) return forward(there);
        if (!*there) break;
        const BlockInfo block = BlockInfo::read(*row);
        const bool goes = bytes < what.bytes && gone.blocks.size() < drop_at_once &&
                          (!what.until || block.greatest < *what.until) &&
                          (!what.up_to || block.last.seq <= *what.up_to) &&
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
    Result<> done;
    if (what.up_to || !gone.blocks.empty())
      done = transaction.run("DELETE FROM gap WHERE log = ?1 AND before_seq <= ?2", key,
                             what.up_to ? *what.up_to + 1 : gone.blocks.back().last.seq);
    if (done && !gone.first) done = transaction.run("DELETE FROM log WHERE id = ?1 AND removed IS NOT NULL", key);
    if (!done) return forward(done);
    return gone;
  });
  if (!dropped) co_return forward(dropped);
  StoredLog* log = catalogue_.find(key);
  if (!log) co_return false;
  for (const BlockInfo& block : dropped->blocks) {
    catalogue_.note_removed(*log, block);
    damaged_.erase(block.key);
    if (!what.up_to) state_.dropped_lines += block.lines;
  }
  log->first = dropped->first;
  if (what.up_to) log->lost_after.reset();
  shortens_ |= !dropped->blocks.empty();
  const ContainerId id = log->container->id;
  if (!log->first && log->removed) catalogue_.erase(key);
  dropped_(id);
  co_return !dropped->blocks.empty();
}

/// Not in the transaction that drops: where the disk is full there may be room for that one alone, and then the next
/// lines have the pages that are free.
Task<Result<bool>> Upkeep::give_back() {
  if (!shortens_ || room_ > 0) co_return false;
  shortens_ = false;
  auto more = co_await store_.write([](store::Transaction& transaction) -> Result<bool> {
    auto before = free_bytes(transaction);
    if (!before) return forward(before);
    if (*before <= spare_bytes) return false;
    if (auto done = transaction.run(shorten); !done) return forward(done);
    auto after = free_bytes(transaction);
    if (!after) return forward(after);
    return *after < *before && *after > spare_bytes;
  });
  if (!more) co_return forward(more);
  shortens_ = *more;
  co_return *more;
}

}  // namespace taffrail::history
