#include "source/logfile/generation_index.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

namespace taffrail::logfile {
namespace {

constexpr std::size_t read_bytes = 256 << 10;
/// A block whose end falls into a long line goes on to the line's end, so that no part of it need be kept; up to this.
constexpr std::uint64_t longest_block = 512 << 10;
/// Of a larger file they stand further apart.
constexpr std::uint64_t most_samples = 4096;
constexpr std::size_t sample_read = 4 << 10;
/// A stretch of so much without a row's end has no sample, nor has one of so much without a time.
constexpr std::uint64_t sample_reach = 1 << 20;
constexpr std::uint64_t time_reach = 16 << 10;
/// How far lines commonly stand out of order by time: dockerd copies stdout and stderr in two threads, and each takes a
/// line's time before it waits for the file.
constexpr Duration disorder = std::chrono::seconds(1);

std::span<char> buffer_of(std::size_t size) {
  // Shared by all of this worker, so that an idle log holds none; there may be thousands.
  thread_local std::vector<char> buffer(read_bytes);
  return std::span(buffer).first(std::min(size, buffer.size()));
}

}  // namespace

void feed_rows(LineDecoder& decoder, const Ground& ground, std::uint64_t from, std::string_view chunk,
               text::LineSink sink) {
  if (ground.splits && !ground.splits->empty()) {
    for (auto split = std::ranges::lower_bound(*ground.splits, from); split != ground.splits->end(); ++split) {
      if (*split >= from + chunk.size()) break;
      decoder.feed(chunk.substr(0, *split - from), sink);
      decoder.finish(sink);
      chunk.remove_prefix(*split - from);
      from = *split;
    }
  }
  decoder.feed(chunk, sink);
}

void GenerationIndex::begin(LogState entering) {
  entering_ = std::move(entering);
  end_state_ = entering_;
  begun_ = true;
}

void GenerationIndex::drop_blocks() {
  std::vector<Block>().swap(blocks_);
  end_offset_ = 0;
  end_state_ = entering_;
}

void GenerationIndex::note_sample(LogState& state, const Ground& ground, std::uint64_t row, Time time) const {
  state.open = nullptr;
  if (options_->plain()) {
    state.stated = time;
    state.sequencer.next(time, ground.base + row + 1);
  } else {
    state.sequencer.next(time);
  }
}

std::uint64_t GenerationIndex::end_of(std::size_t i) const {
  return i + 1 < blocks_.size() ? blocks_[i + 1].begin : end_offset_;
}

const LogState& GenerationIndex::state_behind(std::size_t i) const {
  return i + 1 < blocks_.size() ? blocks_[i + 1].before : end_state_;
}

GenerationIndex::Range GenerationIndex::range(std::size_t i) const {
  const Block& block = blocks_[i];
  Range range{block.least, block.greatest};
  if (block.exact) return range;
  if (i + 1 < blocks_.size()) {
    range.least = std::min(range.least, blocks_[i + 1].least);
    range.greatest = std::max(range.greatest, blocks_[i + 1].greatest);
  } else {
    range.greatest = Time::max();
  }
  return {moved(range.least, -disorder), moved(range.greatest, disorder)};
}

std::size_t GenerationIndex::memory() const {
  std::size_t bytes = blocks_.capacity() * sizeof(Block);
  const OpenLines* last = nullptr;
  for (const Block& block : blocks_) {
    if (block.before.open.get() == last) continue;
    last = block.before.open.get();
    if (!last) continue;
    for (const text::PartialLine& line : *last) bytes += sizeof line + line.line(text::StdStream::out, 0).bytes.size();
  }
  return bytes;
}

/// Goes through the rows from `from` on that end at or before `to`.
Result<GenerationIndex::Scanned> GenerationIndex::scan(LogFile& file, const Ground& ground, std::uint64_t from,
                                                       std::uint64_t to, LogState state,
                                                       std::vector<Block>* blocks) const {
  LineDecoder decoder(*options_, LineDecoder::Want::times);
  decoder.reset(from, state.open, ground.encoding);
  Placer placer(options_->format, std::move(state));
  placer.set_ground(ground);
  Block* block = blocks && !blocks->empty() ? &blocks->back() : nullptr;
  const auto take = [&](const text::Line& line) {
    const Placed placed = placer.next(line);
    if (!block) return;
    ++block->lines;
    block->least = std::min(block->least, placed.time);
    block->greatest = std::max(block->greatest, placed.time);
  };
  const auto state_here = [&] {
    LogState here = placer.state();
    here.open = decoder.open_lines();
    return here;
  };
  std::uint64_t at = from;
  Scanned done{from, {}};
  bool mid_row = false;  // of a row longer than one read
  bool ended = false;
  while (at < to && !ended) {
    const auto into = buffer_of(static_cast<std::size_t>(std::min<std::uint64_t>(read_bytes, to - at)));
    auto n = file.read(at, into);
    if (!n) return forward(n);
    ended = *n < into.size();
    std::string_view chunk(into.data(), *n);
    while (!chunk.empty()) {
      if (!mid_row && blocks && (!block || at >= block->begin + options_->index.block)) {
        LogState here = state_here();
        if (!block || !here.open || at >= block->begin + longest_block) {
          blocks->push_back({.begin = at, .before = std::move(here)});
          block = &blocks->back();
        }
      }
      // Up to the last row's end within the block, or the first one behind it.
      const std::uint64_t block_end = (block ? block->begin : at) + options_->index.block;
      const std::size_t room =
          block_end > at ? static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), block_end - at)) : 0;
      std::size_t row_end = last_row_end(chunk.substr(0, room), ground.encoding);
      if (row_end == 0) row_end = first_row_end(chunk, room, ground.encoding);
      if (row_end == 0) {
        if (!mid_row && chunk.size() < *n && !ended) break;  // it is read again from its beginning
        if (ended || at + chunk.size() >= to) {
          ended = true;  // a row that is not whole yet
          break;
        }
        if (!mid_row) done.state = state_here();
        mid_row = true;
        row_end = chunk.size();
      } else {
        mid_row = false;
      }
      feed_rows(decoder, ground, at, chunk.substr(0, row_end), take);
      at += row_end;
      chunk.remove_prefix(row_end);
      if (!mid_row) done.offset = at;
    }
  }
  if (!mid_row) done.state = state_here();
  return done;
}

/// Where the first row begins at or behind `at`, if before `limit`.
Result<std::optional<std::uint64_t>> GenerationIndex::next_row(LogFile& file, const Ground& ground, std::uint64_t at,
                                                               std::uint64_t limit) const {
  if (at == 0) return std::optional<std::uint64_t>(0);
  limit = std::min(limit, at + sample_reach);
  // From what may be the last newline before it.
  for (at = ground.encoding ? (at + 1) / 2 * 2 - 2 : at - 1; at < limit;) {
    const auto into = buffer_of(sample_read);
    auto n = file.read(at, into);
    if (!n) return forward(n);
    const std::size_t whole = ground.encoding ? *n / 2 * 2 : *n;
    if (whole == 0) break;
    const std::size_t row_end = first_row_end(std::string_view(into.data(), whole), 0, ground.encoding);
    at += row_end > 0 ? row_end : whole;
    if (row_end > 0) return at < limit ? std::optional(at) : std::nullopt;
  }
  return std::nullopt;
}

/// The first time that a line from `row` on states.
Result<std::optional<Time>> GenerationIndex::first_time(LogFile& file, const Ground& ground, std::uint64_t row) const {
  LineDecoder decoder(*options_, LineDecoder::Want::times);
  decoder.reset(row, nullptr, ground.encoding);
  std::optional<Time> found;
  LineTime line_time;
  const std::uint64_t reach = options_->plain() ? time_reach : sample_reach;
  for (std::uint64_t at = row; !found && at < row + reach;) {
    const auto into = buffer_of(sample_read);
    auto n = file.read(at, into);
    if (!n) return forward(n);
    if (*n == 0) break;
    decoder.feed(std::string_view(into.data(), *n), [&](const text::Line& line) {
      if (!found) found = options_->plain() ? line_time.of(line.bytes, ground.reference) : line.time;
    });
    at += *n;
  }
  return found;
}

/// Adds blocks from the end on to about `to` of which only the first row was looked at.
Result<> GenerationIndex::sample(LogFile& file, const Ground& ground, std::uint64_t to) {
  const std::uint64_t step = std::max(options_->index.sample, (to - end_offset_) / most_samples);
  LogState state = end_state_;
  bool exactly = true;
  for (std::uint64_t at = end_offset_; at < to;) {
    auto time = first_time(file, ground, at);
    if (!time) return forward(time);
    Block block{.begin = at, .before = state, .exact = false, .begins_exactly = exactly};
    block.least = block.greatest = time->value_or(state.sequencer.last().time);
    if (!*time) {
      block.least = Time::min();
      block.greatest = Time::max();
    }
    blocks_.push_back(std::move(block));
    // Of what stands before the next block, that is what is known.
    state.open = nullptr;
    exactly = false;
    if (*time) note_sample(state, ground, at, **time);
    std::optional<std::uint64_t> row;
    for (at += step; at < to && !row; at += step) {
      auto next = next_row(file, ground, at, to);
      if (!next) return forward(next);
      row = *next;
      if (row) break;
    }
    if (!row) break;
    at = *row;
  }
  end_state_ = std::move(state);
  return {};
}

/// Decodes towards `to` (the beginning of a row) from a little before, but not before `lowest`.
Result<GenerationIndex::Scanned> GenerationIndex::run_up(LogFile& file, const Ground& ground, std::uint64_t lowest,
                                                         std::uint64_t to, LogState estimate) const {
  std::uint64_t from = lowest;
  if (to > lowest + options_->index.run_up) {
    auto row = next_row(file, ground, to - options_->index.run_up, to);
    if (!row) return forward(row);
    from = row->value_or(to);
  }
  estimate.open = nullptr;
  return scan(file, ground, from, to, std::move(estimate), nullptr);
}

Result<> GenerationIndex::extend(LogFile& file, const Ground& ground, std::uint64_t to, std::uint64_t exact) {
  if (to <= end_offset_) return {};
  const bool large = to - end_offset_ > exact + 2 * options_->index.sample;
  if (large && file.compressed()) {
    // Its end is not to be had without all before it.
    auto time = first_time(file, ground, end_offset_);
    if (!time) return forward(time);
    Block block{.begin = end_offset_, .before = end_state_, .exact = false};
    block.least = time->value_or(Time::min());
    block.greatest = Time::max();
    blocks_.push_back(std::move(block));
    if (*time) note_sample(end_state_, ground, end_offset_, **time);
    end_offset_ = to;
    return {};
  }
  if (large) {
    auto row = next_row(file, ground, to - exact, to);
    if (!row) return forward(row);
    if (*row) {
      if (auto sampled = sample(file, ground, **row); !sampled) return sampled;
      auto here = run_up(file, ground, blocks_.back().begin, **row, end_state_);
      if (!here) return forward(here);
      end_state_ = std::move(here->state);
      end_offset_ = **row;
      // The block that is made now begins there, it does not go on with the last one.
      blocks_.push_back({.begin = end_offset_, .before = end_state_});
    }
  }
  if (!blocks_.empty() && !blocks_.back().exact) blocks_.push_back({.begin = end_offset_, .before = end_state_});
  auto scanned = scan(file, ground, end_offset_, to, end_state_, &blocks_);
  if (!scanned) return forward(scanned);
  end_offset_ = scanned->offset;
  end_state_ = std::move(scanned->state);
  return {};
}

Result<> GenerationIndex::make_exact(LogFile& file, const Ground& ground, std::size_t i) {
  if (blocks_[i].exact) return {};
  const std::uint64_t begin = blocks_[i].begin;
  const std::uint64_t end = end_of(i);
  LogState state = blocks_[i].before;
  if (!blocks_[i].begins_exactly) {
    auto here = run_up(file, ground, i > 0 ? blocks_[i - 1].begin : 0, begin, std::move(state));
    if (!here) return forward(here);
    state = std::move(here->state);
  }
  std::vector<Block> fresh{{.begin = begin, .before = state}};
  auto scanned = scan(file, ground, begin, end, std::move(state), &fresh);
  if (!scanned) return forward(scanned);
  if (i + 1 == blocks_.size()) {
    end_state_ = std::move(scanned->state);
  } else if (!blocks_[i + 1].exact) {
    blocks_[i + 1].before = std::move(scanned->state);
    blocks_[i + 1].begins_exactly = true;
  }
  const auto here = blocks_.begin() + static_cast<std::ptrdiff_t>(i);
  *here = std::move(fresh.front());
  blocks_.insert(here + 1, std::make_move_iterator(fresh.begin() + 1), std::make_move_iterator(fresh.end()));
  return {};
}

}  // namespace taffrail::logfile
