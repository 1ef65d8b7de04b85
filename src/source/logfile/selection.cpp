#include "source/logfile/selection.hpp"

#include <algorithm>
#include <utility>

namespace taffrail::logfile {
namespace {

constexpr std::size_t context_lines = LogSelection::context_lines;
static_assert(context_lines >= text::classifier_warm_up_lines);

/// Appends records `[from, to)` of one batch to another.
void append_range(Batch& to, const Batch& source, std::size_t from, std::size_t end) {
  if (from >= end) return;
  const std::size_t begin_byte = source.records[from].offset;
  const Record& last = source.records[end - 1];
  const auto shift = static_cast<std::uint32_t>(to.bytes.size() - begin_byte);  // modulo 2^32, as the offsets
  to.bytes.append(source.bytes, begin_byte, last.offset + last.size - begin_byte);
  for (std::size_t i = from; i < end; ++i) {
    to.records.push_back(source.records[i]);
    to.records.back().offset += shift;
  }
}

void drop_front(Batch& batch, std::size_t count) {
  Batch rest;
  append_range(rest, batch, count, batch.records.size());
  batch.bytes = std::move(rest.bytes);
  batch.records = std::move(rest.records);
}

/// Empties a batch and lets its memory go: a string to which an empty one is assigned keeps its room, tens of KiB for
/// each of thousands of logs that are followed.
void let_go(Batch& batch) { const Batch gone = std::move(batch); }

void append(Batch& batch, const text::Line& line, Place place, Time time) {
  batch.append(time, line.stream, line.bytes, line.truncated);
  batch.records.back().seq = place.seq;
  batch.records.back().place_time = place.time;
}

/// The first of the records before `end` that are of use as context: not more than `context_lines`, nor than
/// `most_context_bytes`. Sixty-four lines of 250 KB would be 16 MB for each piece of a log that is read.
std::size_t context_begin(const Batch& batch, std::size_t end) {
  std::size_t begin = end;
  std::size_t bytes = 0;
  while (begin > 0 && end - begin < context_lines) {
    bytes += batch.records[begin - 1].size;
    if (bytes > LogSelection::most_context_bytes) break;
    --begin;
  }
  return begin;
}

}  // namespace

LogSelection::LogSelection(const ContainerId& id, const LogQuery& query, Context context)
    : id_(id),
      bounds_(query),
      chunk_bytes_(query.chunk_bytes),
      last_(query.after),
      context_wanted_(context == Context::wanted),
      check_after_(query.after && !query.tail && !query.since) {}

void LogSelection::take(const text::Line& line, Place place, Time time) {
  const Bounds::Where where = bounds_.where(place, time);
  if (!first_taken_) first_taken_ = time;
  went_back_ = went_back_ || (last_taken_ && time < *last_taken_);
  last_taken_ = time;
  if (const auto& after = bounds_.query().after)
    met_after_ = met_after_ || (after_exactly_ ? place.seq == after->seq : place.seq <= after->seq);
  if (where == Bounds::Where::past_end) {
    past_end_ = true;
    return;
  }
  seen_ = place;
  if (where == Bounds::Where::wanted && place.seq > begin_after_) {
    ++wanted_;
    if (skip_ == 0) {
      append(answer_, line, place, time);
      return;
    }
    --skip_;
  } else if (where == Bounds::Where::below) {
    ++below_;
  }
  if (!context_wanted_ || !answer_.records.empty()) return;
  append(context_, line, place, time);
  // Trimmed now and then, so that a long way to the answer costs a copy per line and no memory.
  if (context_.records.size() >= 16 * context_lines || context_.bytes.size() >= 2 * most_context_bytes)
    drop_front(context_, context_begin(context_, context_.records.size()));
}

void LogSelection::reserve(std::size_t lines, std::size_t bytes) {
  if (skip_ > 0 || begin_after_ > 0) return;  // most may be none of the answer
  answer_.bytes.reserve(answer_.bytes.size() + bytes);
  answer_.records.reserve(answer_.records.size() + lines);
}

std::optional<Gap> LogSelection::take_gap() {
  if (!gap_ || pending_lines() > 0) return std::nullopt;
  gap_ = false;
  return Gap{id_, last_, std::nullopt, std::nullopt, "rotated"};
}

void LogSelection::keep_last(std::uint64_t lines) {
  const std::size_t have = answer_.records.size();
  if (have <= lines) return;
  const std::size_t dropped = have - static_cast<std::size_t>(lines);
  if (context_wanted_) {
    // What is dropped is what stands before the answer.
    const std::size_t begin = context_begin(answer_, dropped);
    if (begin > 0) {
      context_.bytes.clear();
      context_.records.clear();
    }
    append_range(context_, answer_, begin, dropped);
  }
  drop_front(answer_, dropped);
}

std::optional<Time> LogSelection::first_pending() const {
  if (pending_lines() == 0) return std::nullopt;
  return answer_.records[given_].time;
}

std::size_t LogSelection::pending_bytes() const {
  return given_ == answer_.records.size() ? 0 : answer_.bytes.size() - answer_.records[given_].offset;
}

LogChunk LogSelection::cut() {
  LogChunk chunk;
  chunk.batch.container = id_;
  const std::size_t count = answer_.records.size();
  std::size_t end = count;
  if (pending_bytes() > 2 * chunk_bytes_) {
    const std::size_t limit = answer_.records[given_].offset + chunk_bytes_;
    end = given_ + 1;
    while (end < count && answer_.records[end].offset < limit) ++end;
  }
  if (context_wanted_) {
    const std::size_t have = context_.records.size();
    append_range(chunk.batch, context_, context_begin(context_, have), have);
    chunk.context = chunk.batch.records.size();
    let_go(context_);
    context_wanted_ = false;
  }
  if (first_ && end > given_) {
    first_ = false;
    // Behind which line it goes on can only be said of a line that is still there.
    if (check_after_ && !met_after_) gap_ = true;
  }
  if (gap_ && end > given_) {
    const Record& first = answer_.records[given_];
    chunk.gap = Gap{id_, last_, Cursor::of(first, {}), std::nullopt, "rotated"};
    gap_ = false;
  }
  if (end > given_) last_ = Cursor::of(answer_.records[end - 1], {});
  if (given_ == 0 && end == count && chunk.context == 0) {
    chunk.batch.bytes = std::move(answer_.bytes);
    chunk.batch.records = std::move(answer_.records);
  } else {
    append_range(chunk.batch, answer_, given_, end);
  }
  given_ = end;
  if (end == count) {
    let_go(answer_);
    given_ = 0;
  }
  return chunk;
}

}  // namespace taffrail::logfile
