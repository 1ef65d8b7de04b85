#include "history/catalogue.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "history/container_about.hpp"
#include "history/stored_log.hpp"

namespace taffrail::history {
namespace {

/// Adds (`sign` 1) or takes away (-1).
void add_up(BlockSums& sums, const BlockSums& other, std::int64_t sign) {
  const auto by = static_cast<std::uint64_t>(sign);
  sums.blocks += by * other.blocks;
  sums.lines += by * other.lines;
  sums.raw += by * other.raw;
  sums.size += by * other.size;
  sums.plain += by * other.plain;
  sums.plain_raw += by * other.plain_raw;
  sums.small += by * other.small;
}

BlockSums sums_of(const BlockInfo& block) {
  const bool plain = block.kind == BlockInfo::Kind::plain;
  return {.blocks = 1,
          .lines = block.lines,
          .raw = block.raw,
          .size = block.size,
          .plain = plain ? 1U : 0U,
          .plain_raw = plain ? block.raw : 0U,
          .small = !plain && block.raw < small_block_bytes ? 1U : 0U};
}

}  // namespace

void BlockSums::add(const BlockInfo& block) { *this += sums_of(block); }
void BlockSums::remove(const BlockInfo& block) { *this -= sums_of(block); }

BlockSums& BlockSums::operator+=(const BlockSums& other) {
  add_up(*this, other, 1);
  return *this;
}
BlockSums& BlockSums::operator-=(const BlockSums& other) {
  add_up(*this, other, -1);
  return *this;
}

Result<std::vector<StoredLog>> Catalogue::load(store::Snapshot& snapshot) {
  std::vector<StoredLog> logs;
  std::map<LogKey, std::size_t> index;
  std::map<LogKey, Seq> newest;  // in blocks
  auto row = snapshot.query(fmt::format("SELECT {} FROM log", log_columns));
  if (!row) return forward(row);
  for (;;) {
    auto there = row->step();
    if (!there) return forward(there);
    if (!*there) break;
    LogRow stored = read_log(*row);
    StoredLog log;
    log.key = row->integer(0);
    Container container = read_about(stored.id, stored.about);
    log.removed = stored.removed;
    if (log.removed) container.state = ContainerState::removed;
    log.container = std::make_shared<const Container>(std::move(container));
    log.last = stored.last;
    index.emplace(log.key, logs.size());
    logs.push_back(std::move(log));
  }
  auto block = snapshot.query(fmt::format("SELECT {} FROM block", BlockInfo::columns));
  if (!block) return forward(block);
  for (;;) {
    auto there = block->step();
    if (!there) return forward(there);
    if (!*there) break;
    const BlockInfo info = BlockInfo::read(*block);
    const auto at = index.find(info.log);
    if (at == index.end()) continue;
    StoredLog& log = logs[at->second];
    log.sums.add(info);
    log.first = log.first ? std::min(*log.first, info.first) : info.first;
    log.least = std::min(log.least, info.least);
    log.greatest = std::max(log.greatest, info.greatest);
    Seq& seq = newest[info.log];
    seq = std::max(seq, info.last.seq);
  }
  auto gap = snapshot.query(
      fmt::format("SELECT {}, log FROM gap WHERE reason = ?1 ORDER BY before_seq DESC", gap_columns), lost_to_disk);
  if (!gap) return forward(gap);
  for (;;) {
    auto there = gap->step();
    if (!there) return forward(there);
    if (!*there) return logs;
    constexpr int log_column = 6;
    const LogKey key = gap->integer(log_column);
    const auto at = index.find(key);
    const Gap lost = read_gap(*gap, 0, {});
    if (at == index.end() || lost.before->seq <= newest[key]) continue;
    logs[at->second].lost_after = lost.after ? Place{lost.after->time, lost.after->seq} : Place{};
  }
}

void Catalogue::adopt(std::vector<StoredLog> logs) {
  for (StoredLog& log : logs) {
    sums_ += log.sums;
    by_key_.emplace(log.key, log.container->id);
    const ContainerId id = log.container->id;
    logs_.emplace(id, std::move(log));
  }
}

StoredLog* Catalogue::find(const ContainerId& id) {
  const auto at = logs_.find(id);
  return at == logs_.end() ? nullptr : &at->second;
}

const StoredLog* Catalogue::find(const ContainerId& id) const {
  const auto at = logs_.find(id);
  return at == logs_.end() ? nullptr : &at->second;
}

StoredLog* Catalogue::find(LogKey key) {
  const auto at = by_key_.find(key);
  return at == by_key_.end() ? nullptr : find(at->second);
}

StoredLog& Catalogue::put(StoredLog log) {
  const ContainerId id = log.container->id;
  by_key_.emplace(log.key, id);
  return logs_.insert_or_assign(id, std::move(log)).first->second;
}

void Catalogue::erase(LogKey key) {
  const auto at = by_key_.find(key);
  if (at == by_key_.end()) return;
  const auto log = logs_.find(at->second);
  sums_ -= log->second.sums;
  logs_.erase(log);
  by_key_.erase(at);
}

void Catalogue::note_added(StoredLog& log, const BlockInfo& block) {
  log.sums.add(block);
  sums_.add(block);
  if (!log.first || block.first < *log.first) log.first = block.first;
  log.least = std::min(log.least, block.least);
  log.greatest = std::max(log.greatest, block.greatest);
}

void Catalogue::note_removed(StoredLog& log, const BlockInfo& block) {
  log.sums.remove(block);
  sums_.remove(block);
}

}  // namespace taffrail::history
