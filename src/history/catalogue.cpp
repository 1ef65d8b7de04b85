#include "history/catalogue.hpp"

#include <algorithm>
#include <utility>

#include "history/container_about.hpp"

namespace taffrail::history {
namespace {

Time time_of(std::int64_t ns) { return Time(Duration(ns)); }

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
  auto row = snapshot.query("SELECT id, host, container, about, removed, last_seq, last_place FROM log");
  if (!row) return forward(row);
  for (;;) {
    auto there = row->step();
    if (!there) return forward(there);
    if (!*there) break;
    StoredLog log;
    log.key = row->integer(0);
    const ContainerId id(HostId(std::string(row->text(1))), std::string(row->text(2)));
    auto container = read_about(id, row->text(3));
    if (!container) return forward(container);
    if (!row->is_null(4)) {
      log.removed = time_of(row->integer(4));
      container->state = ContainerState::removed;
    }
    log.container = std::make_shared<const Container>(std::move(*container));
    log.last = {time_of(row->integer(6)), static_cast<Seq>(row->integer(5))};
    index.emplace(log.key, logs.size());
    logs.push_back(std::move(log));
  }
  auto block = snapshot.query(
      "SELECT id, log, kind, first_seq, first_place, last_seq, last_place, least, greatest, lines, raw, size, levels "
      "FROM block");
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
  }
  return logs;
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

void Catalogue::clear(StoredLog& log) {
  sums_ -= log.sums;
  log.sums = {};
  log.first.reset();
  log.least = Time::max();
  log.greatest = Time::min();
}

void Catalogue::note_removed(StoredLog& log, const BlockInfo& block) {
  log.sums.remove(block);
  sums_.remove(block);
}

}  // namespace taffrail::history
