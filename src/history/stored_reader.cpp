#include "history/stored_reader.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <limits>
#include <numeric>
#include <span>
#include <utility>

#include "history/block/block.hpp"
#include "history/stored_log.hpp"

namespace taffrail::history {
namespace {

/// What a reader keeps of a block where memory is short, in pieces that are asked of it, and at most. For the next ones
/// the block is unpacked again: one of 4 MiB, in pieces of a kilobyte, a thousand times, 5 ms each. A part is copied on
/// the owner thread, in a tenth of a millisecond.
constexpr std::size_t pieces_of_part = 4;
constexpr std::size_t most_part = 256UZ << 10;

constexpr std::int64_t no_bound = std::numeric_limits<std::int64_t>::max();

std::int64_t ns_of(Time time) { return time.time_since_epoch().count(); }

bool within(const LogQuery& query, const Record& record) {
  return (!query.after || record.seq > query.after->seq) && (!query.before || record.seq < query.before->seq) &&
         (!query.from || record.place_time >= *query.from) && (!query.to || record.place_time <= *query.to) &&
         (!query.since || record.time >= *query.since) && (!query.until || record.time < *query.until);
}

/// The next block in one direction that may have lines within the bounds.
/// @param beyond in the order of the log: blocks that end behind it (ascending), or begin before it
Result<std::optional<BlockInfo>> find_block(store::Snapshot& snapshot, LogKey log, const LogQuery& query,
                                            std::int64_t beyond, bool descending) {
  static const std::string all = fmt::format(
      "SELECT {} FROM block WHERE log = ?1 AND first_seq < ?2 AND last_seq > ?3 AND last_place >= ?4 AND first_place "
      "<= "
      "?5 AND greatest >= ?6 AND least < ?7 ORDER BY last_seq",
      BlockInfo::columns);
  static const std::string ascending_sql = all + " LIMIT 1";
  static const std::string descending_sql = all + " DESC LIMIT 1";
  auto row =
      snapshot.query(descending ? descending_sql : ascending_sql, log,
                     descending ? beyond : (query.before ? static_cast<std::int64_t>(query.before->seq) : no_bound),
                     descending ? (query.after ? static_cast<std::int64_t>(query.after->seq) : -1) : beyond,
                     query.from ? ns_of(*query.from) : -no_bound, query.to ? ns_of(*query.to) : no_bound,
                     query.since ? ns_of(*query.since) : -no_bound, query.until ? ns_of(*query.until) : no_bound);
  if (!row) return forward(row);
  auto there = row->step();
  if (!there) return forward(there);
  if (!*there) return std::nullopt;
  return BlockInfo::read(*row);
}

/// What is missing before lines of a block, or between it and the block before it.
Result<std::deque<Gap>> find_gaps(store::Snapshot& snapshot, const ContainerId& id, const BlockInfo& block) {
  static const std::string sql = fmt::format(
      "SELECT {} FROM gap WHERE log = ?1 AND before_seq > (SELECT coalesce(max(last_seq), -1) FROM block WHERE log = "
      "?1 "
      "AND last_seq < ?2) AND before_seq <= ?3 ORDER BY before_seq",
      gap_columns);
  auto row = snapshot.query(sql, block.log, block.first.seq, block.last.seq);
  if (!row) return forward(row);
  std::deque<Gap> gaps;
  for (;;) {
    auto there = row->step();
    if (!there) return forward(there);
    if (!*there) return gaps;
    gaps.push_back(read_gap(*row, 0, id));
  }
}

struct Found {
  std::optional<BlockInfo> block;  // nothing: there is none
  std::deque<Gap> gaps;
};

Task<Result<Found>> find(StoredLines lines, LogKey log, ContainerId id, const LogQuery& query, std::int64_t beyond,
                         bool descending) {
  const auto look = [&](store::Snapshot& snapshot) -> Result<Found> {
    auto block = find_block(snapshot, log, query, beyond, descending);
    if (!block) return forward(block);
    if (!*block) return Found{};
    auto gaps = find_gaps(snapshot, id, **block);
    if (!gaps) return forward(gaps);
    return Found{*block, std::move(*gaps)};
  };
  co_return co_await lines.store.read(lines.workers, look, query.asker.get());
}

/// The lines of a block; of one that is damaged nothing. Error not_found: it was merged or dropped meanwhile.
Task<Result<LineCache::Lines>> lines_of(StoredLines lines, const BlockInfo& block, const LogQuery& query) {
  const auto unpack = [&](store::Snapshot& snapshot) { return read_lines(snapshot, block); };
  auto read =
      co_await lines.cache.get(block.key, [&] { return lines.store.read(lines.workers, unpack, query.asker.get()); });
  if (!read && read.error().code == ErrorCode::damaged) co_return nullptr;
  co_return read;
}

Gap damage(const BlockInfo& block, const ContainerId& id) {
  return Gap{id, std::nullopt, Cursor{block.last.seq + 1, block.last.time, id}, block.lines, "damaged"};
}

void append(Batch& to, const Batch& lines, const Record& record) {
  Record& copy = to.records.emplace_back(record);
  copy.offset = static_cast<std::uint32_t>(to.bytes.size());
  to.bytes += lines.text(record);
}

LogChunk piece_of(const Batch& lines, std::size_t from, std::size_t to, const ContainerId& id) {
  LogChunk chunk;
  chunk.classified = true;
  chunk.batch.container = id;
  chunk.batch.records.reserve(to - from);
  const std::span<const Record> records = std::span(lines.records).subspan(from, to - from);
  chunk.batch.bytes.reserve(std::transform_reduce(records.begin(), records.end(), std::size_t{0}, std::plus(),
                                                  [](const Record& record) { return record.size; }));
  for (const Record& record : records) append(chunk.batch, lines, record);
  return chunk;
}

}  // namespace

Task<Result<bool>> StoredReader::next_block() {
  // What is written from here on is either found below or read from the source.
  const Place stored = rest_ ? rest_->stored() : Place{};
  const Seq beyond = std::max(passed_.seq, query_.after ? query_.after->seq : 0);
  auto found = co_await find(lines_, log_, id_, query_, static_cast<std::int64_t>(beyond), false);
  if (!found) co_return forward(found);
  if (!found->block) {
    passed_ = std::max(passed_, stored, [](const Place& a, const Place& b) { return a.seq < b.seq; });
    co_return false;
  }
  auto lines = co_await lines_of(lines_, *found->block, query_);
  if (!lines && lines.error().code == ErrorCode::not_found) co_return true;  // its lines are found where they are now
  if (!lines) co_return forward(lines);
  passed_ = found->block->last;
  gaps_ = std::move(found->gaps);
  std::erase_if(gaps_, [beyond](const Gap& gap) { return gap.before->seq <= beyond; });
  if (!*lines) gaps_.push_back(damage(*found->block, id_));
  keep(*lines ? std::move(*lines) : std::make_shared<const Batch>(), beyond);
  co_return true;
}

/// Takes the lines of a block behind one: all, or where memory is short some pieces of those that are wanted.
void StoredReader::keep(LineCache::Lines lines, Seq beyond) {
  const std::vector<Record>& records = lines->records;
  at_ = static_cast<std::size_t>(std::ranges::upper_bound(records, beyond, {}, &Record::seq) - records.begin());
  const std::size_t most = std::min(most_part, pieces_of_part * query_.chunk_bytes);
  if (lines_.cache.has_room() || lines->bytes.size() <= most) {
    block_ = std::move(lines);
    return;
  }
  Batch part;
  for (; at_ < records.size(); ++at_) {
    const Record& record = records[at_];
    if (!within(query_, record)) continue;
    if (!part.records.empty() && part.bytes.size() + record.size > most) {
      passed_ = part.records.back().place();
      std::erase_if(gaps_, [this](const Gap& gap) { return gap.before->seq > passed_.seq; });
      break;
    }
    append(part, *lines, record);
  }
  part.bytes.shrink_to_fit();
  part.records.shrink_to_fit();
  block_ = query_.counted ? std::make_shared<const Batch>(std::move(part)) : lines_.cache.count(std::move(part));
  at_ = 0;
}

/// The next lines of the block, up to the next gap; nothing at its end.
std::optional<LogChunk> StoredReader::next_piece() {
  const std::vector<Record>& records = block_->records;
  while (at_ < records.size() && !within(query_, records[at_])) ++at_;
  const auto before_gap = [&](std::size_t i) { return gaps_.empty() || records[i].seq < gaps_.front().before->seq; };
  std::optional<Gap> gap;
  if (!gaps_.empty() && (at_ == records.size() || !before_gap(at_))) {
    gap = std::move(gaps_.front());
    gaps_.pop_front();
  }
  const std::size_t from = at_;
  std::size_t bytes = 0;
  while (at_ < records.size() && within(query_, records[at_]) && before_gap(at_) &&
         (at_ == from || bytes + records[at_].size <= query_.chunk_bytes))
    bytes += records[at_++].size;
  if (at_ == from && !gap) return std::nullopt;
  LogChunk chunk = piece_of(*block_, from, at_, id_);
  chunk.gap = std::move(gap);
  return chunk;
}

Task<Result<std::optional<LogChunk>>> StoredReader::next() {
  while (!stored_done_) {
    if (block_) {
      if (auto piece = next_piece()) co_return piece;
      block_.reset();
    }
    auto found = co_await next_block();
    if (!found) co_return forward(found);
    stored_done_ = !*found;
  }
  if (!behind_) {
    if (!rest_) co_return std::nullopt;
    LogQuery query = query_;
    if (!query.after || query.after->seq < passed_.seq) query.after = Cursor{passed_.seq, passed_.time, id_};
    auto opened = co_await rest_->open(std::move(query));
    if (!opened) co_return forward(opened);
    if (!*opened) {
      rest_.reset();
      co_return std::nullopt;
    }
    behind_ = std::move(*opened);
  }
  auto chunk = co_await behind_->next();
  co_return chunk;
}

Task<Result<std::vector<LogChunk>>> StoredReader::tail(StoredLines lines, LogKey log, ContainerId id, LogQuery query,
                                                       bool one) {
  std::vector<LogChunk> pieces;  // newest first
  std::int64_t beyond = query.before ? static_cast<std::int64_t>(query.before->seq) : no_bound;
  std::uint64_t wanted = query.tail.value_or(no_bound);
  std::uint64_t left = query.tail_bytes.value_or(no_bound);
  bool any = !one;
  while (wanted > 0 && (left > 0 || !any)) {
    auto found = co_await find(lines, log, id, query, beyond, true);
    if (!found) co_return forward(found);
    if (!found->block) break;
    auto whole = co_await lines_of(lines, *found->block, query);
    if (!whole && whole.error().code == ErrorCode::not_found) continue;  // its lines are found where they are now
    if (!whole) co_return forward(whole);
    beyond = static_cast<std::int64_t>(found->block->first.seq);
    if (!*whole) {
      LogChunk& chunk = pieces.emplace_back(piece_of({}, 0, 0, id));
      chunk.gap = damage(*found->block, id);
      continue;
    }
    const std::vector<Record>& records = (*whole)->records;
    for (std::size_t to = records.size(); wanted > 0 && (left > 0 || !any);) {
      while (to > 0 && !within(query, records[to - 1])) --to;
      // What is missing behind these lines is told where the line behind it is.
      while (to > 0 && to < records.size() && !found->gaps.empty() &&
             found->gaps.back().before->seq > records[to - 1].seq)
        found->gaps.pop_back();
      std::size_t from = to;
      std::size_t size = 0;
      const auto behind_gap = [&](std::size_t i) {
        return !found->gaps.empty() && records[i].seq >= found->gaps.back().before->seq &&
               (i == 0 || records[i - 1].seq < found->gaps.back().before->seq);
      };
      while (from > 0 && wanted > 0 && within(query, records[from - 1])) {
        if (from < to && behind_gap(from)) break;
        const std::size_t line = records[from - 1].size;
        if (from < to && size + line > query.chunk_bytes) break;
        if (any && line > left) {
          left = 0;
          break;
        }
        --from;
        --wanted;
        size += line;
        left -= std::min<std::uint64_t>(left, line);
        any = true;
      }
      if (from == to) break;
      LogChunk& chunk = pieces.emplace_back(piece_of(**whole, from, to, id));
      if (behind_gap(from)) {
        chunk.gap = std::move(found->gaps.back());
        found->gaps.pop_back();
      }
      to = from;
    }
  }
  std::ranges::reverse(pieces);
  co_return pieces;
}

Task<Result<std::optional<LogChunk>>> ChunksReader::next() {
  if (chunks_.empty()) co_return std::nullopt;
  LogChunk chunk = std::move(chunks_.front());
  chunks_.pop_front();
  co_return chunk;
}

}  // namespace taffrail::history
