#include "source/files/line_ring.hpp"

#include <algorithm>
#include <cassert>

namespace taffrail::files {
namespace {

/// What is dropped at once; a smaller one costs more blocks to search.
constexpr std::size_t block_cost = 1 << 20;

}  // namespace

std::size_t LineRing::cost(const Block& block) {
  return block.lines.bytes.capacity() + block.lines.records.capacity() * sizeof(Record);
}

void LineRing::push(Time time, std::string_view line, bool truncated) {
  if (blocks_.empty() || cost(blocks_.back()) + line.size() > block_cost) {
    if (!blocks_.empty()) {
      blocks_.back().lines.bytes.shrink_to_fit();
      blocks_.back().lines.records.shrink_to_fit();
      full_cost_ += cost(blocks_.back());
    }
    blocks_.push_back({end(), {}});
  }
  Batch& lines = blocks_.back().lines;
  lines.append(time, text::StdStream::out, line, truncated);
  lines.records.back().seq = end();
  ++count_;
  while (blocks_.size() > 1 && full_cost_ + cost(blocks_.back()) > bound_) {
    const Block& oldest = blocks_.front();
    first_ += oldest.lines.records.size();
    count_ -= oldest.lines.records.size();
    full_cost_ -= cost(oldest);
    blocks_.pop_front();
  }
}

const LineRing::Block& LineRing::block_of(Seq seq) const {
  assert(seq >= first() && seq < end());
  return *std::prev(std::ranges::upper_bound(blocks_, seq, {}, &Block::first));
}

Seq LineRing::first_at(Time time) const {
  auto block = std::ranges::lower_bound(blocks_, time, {}, [](const Block& b) { return b.lines.records.back().time; });
  if (block == blocks_.end()) return end();
  return std::ranges::lower_bound(block->lines.records, time, {}, &Record::time)->seq;
}

Seq LineRing::last_bytes(Seq end, std::uint64_t bytes) const {
  Seq first = end;
  for (std::uint64_t sum = 0; first > first_; --first) {
    const Block& block = block_of(first - 1);
    sum += block.lines.records[first - 1 - block.first].size;
    if (sum > bytes && first < end) break;
  }
  return first;
}

Time LineRing::time_of(Seq seq) const {
  const Block& block = block_of(seq);
  return block.lines.records[seq - block.first].time;
}

Seq LineRing::copy(Seq from, Seq to, std::size_t bytes, Batch& batch) const {
  to = std::min(to, end());
  while (from < to && batch.bytes.size() < bytes) {
    const Block& block = block_of(from);
    const Record& record = block.lines.records[from - block.first];
    batch.append(record.time, record.stream, block.lines.text(record), record.truncated);
    batch.records.back().seq = record.seq;
    ++from;
  }
  return from;
}

}  // namespace taffrail::files
