#include "source/logfile/finder.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace taffrail::logfile {
namespace {

constexpr std::size_t read_bytes = 256 << 10;
/// A row in a foreign form may hold bytes that are no UTF-8, of which each becomes three.
constexpr std::uint64_t most_growth = 3;

}  // namespace

Finder::Finder(Log& log, std::vector<Part>& parts, LogQuery& query, Time now, bool last_line_whole)
    : log_(log), parts_(parts), query_(query), bounds_(query) {
  for (const Part& part : parts_) generations_.push_back(log_.find(part.key));
  set_ends(now, last_line_whole);
}

Finder::Offset Finder::offset_of(At at) {
  const auto& blocks = index(at.part).blocks();
  return {at.part, at.block < blocks.size() ? blocks[at.block].begin : index(at.part).end_offset()};
}

/// The block that begins there; the first one of the next part for the end of one.
Finder::At Finder::at(Offset offset) {
  const auto& blocks = index(offset.part).blocks();
  const auto found = std::ranges::lower_bound(blocks, offset.offset, {}, &Block::begin);
  At at{offset.part, static_cast<std::size_t>(found - blocks.begin())};
  while (at.part + 1 < parts_.size() && at.block >= index(at.part).blocks().size()) at = {at.part + 1, 0};
  return at;
}

Finder::At Finder::end() { return {parts_.size() - 1, index(parts_.size() - 1).blocks().size()}; }

std::optional<Finder::At> Finder::before(At at) {
  while (at.block == 0) {
    if (at.part == 0) return std::nullopt;
    --at.part;
    at.block = index(at.part).blocks().size();
  }
  return At{at.part, at.block - 1};
}

Finder::At Finder::behind(At at) {
  ++at.block;
  while (at.part + 1 < parts_.size() && at.block >= index(at.part).blocks().size()) at = {at.part + 1, 0};
  return at;
}

/// Makes a block exact.
Result<> Finder::settle(At at) {
  if (at.block >= index(at.part).blocks().size()) return {};
  return index(at.part).make_exact(parts_[at.part].file, generations_[at.part]->ground, at.block);
}

/// Where each part ends for a reading that does not follow: what comes later is not its own.
void Finder::set_ends(Time now, bool last_line_whole) {
  Part& last = parts_.back();
  const GenerationIndex& own = index(parts_.size() - 1);
  const bool plain = log_.options().plain();
  const bool whole = last_line_whole || (plain && now - last.status.modified >= quiet);
  if (query_.follow) return;
  if (plain)
    for (Part& part : parts_)
      if (!part.file.compressed()) part.end = part.status.size;
  if (!whole || !plain) last.end = own.end_offset();
  const bool unfinished = own.end_offset() < last.status.size || own.end_state().open;
  has_rest_ = whole && unfinished;
  // (A clock may have jumped since it was written.)
  if (!whole && plain && unfinished) unfinished_for_ = std::min(quiet, quiet - (now - last.status.modified));
}

/// Whether `after` names no line of ours: the numbers began anew since, so its time counts.
bool Finder::numbers_began_anew() {
  const Log::Generation& newest = *generations_.back();
  return log_.options().plain() && query_.after && query_.after->seq > newest.ground.base + newest.size;
}

/// The last block before which all lines are excluded, by what is known of the place of the line before a block.
template <class Excludes>
Result<Finder::Offset> Finder::last_excluding(Time looked_for, Excludes excludes) {
  for (;;) {
    At found = at({0, 0});
    for (std::size_t part = parts_.size(); part-- > 0;) {
      const auto& blocks = index(part).blocks();
      if (blocks.empty() || !excludes(blocks.front().before.sequencer.last())) continue;
      if (part > 0 && !index(part - 1).blocks().empty() && !excludes(index(part - 1).end_state().sequencer.last()))
        continue;
      const auto behind = std::ranges::partition_point(
          blocks, [&](const Block& block) { return excludes(block.before.sequencer.last()); });
      found = {part, static_cast<std::size_t>(behind - blocks.begin()) - 1};
      break;
    }
    if (found.block >= index(found.part).blocks().size()) return offset_of(end());
    // What is known of the place before a block that begins inexactly is too low, so the lines may be in the one
    // before.
    const auto previous = before(found);
    // A whole compressed file is gone through for that only when the time is none of the file at hand.
    const bool in_doubt = previous && !block(*previous).exact &&
                          (found.block > 0 ? !block(found).begins_exactly || !block(found).exact
                                           : looked_for <= index(found.part).range(0).least);
    if (in_doubt) {
      if (auto settled = settle(*previous); !settled) return forward(settled);
      continue;
    }
    if (block(found).exact) return offset_of(found);
    if (auto settled = settle(found); !settled) return forward(settled);
  }
}

/// The beginning of the first block that may hold something that is asked for.
Result<Finder::Offset> Finder::lowest() {
  Offset low{0, 0};
  if (query_.after) {
    auto found =
        last_excluding(query_.after->time, [&](const Place& before) { return before.seq <= query_.after->seq; });
    if (!found) return found;
    low = std::max(low, *found);
  }
  if (query_.from) {
    auto found = last_excluding(*query_.from, [&](const Place& before) { return before.time < *query_.from; });
    if (!found) return found;
    low = std::max(low, *found);
  }
  if (query_.since) {
    At first = at(low);
    while (first < end() && index(first.part).range(first.block).greatest < *query_.since) first = behind(first);
    low = std::max(low, offset_of(first));
  }
  return low;
}

/// The beginning of a block from which on nothing is asked for.
Finder::Offset Finder::highest() {
  At high = end();
  const auto bound = [&](auto excluded) {
    for (std::size_t part = 0; part < parts_.size(); ++part) {
      const auto& blocks = index(part).blocks();
      const auto found = std::ranges::partition_point(
          blocks, [&](const Block& block) { return !excluded(block.before.sequencer.last()); });
      if (found == blocks.end()) continue;
      high = std::min(high, At{part, static_cast<std::size_t>(found - blocks.begin())});
      return;
    }
  };
  if (query_.before) bound([&](const Place& before) { return before.seq + 1 >= query_.before->seq; });
  if (query_.to) bound([&](const Place& before) { return before.time > *query_.to; });
  if (query_.until && !query_.follow && !has_rest_) {
    while (const auto last = before(high)) {
      if (index(last->part).range(last->block).least < *query_.until) break;
      high = *last;
    }
  }
  return offset_of(high);
}

/// Calls each(line, placed) for the lines of a block, and for what counts as a line behind the last one.
template <class Each>
Result<> Finder::decode(At at, Each each) {
  thread_local std::vector<char> buffer(read_bytes);
  Part& part = parts_[at.part];
  const GenerationIndex& own = index(at.part);
  const bool is_block = at.block < own.blocks().size();
  const LogState& state = is_block ? own.blocks()[at.block].before : own.end_state();
  std::uint64_t from = is_block ? own.blocks()[at.block].begin : own.end_offset();
  std::uint64_t to = is_block ? own.end_of(at.block) : own.end_offset();
  const bool last = behind(at) >= end() && at.part + 1 == parts_.size();
  const bool closed = at.part + 1 < parts_.size() && at.block + 1 >= own.blocks().size() && log_.options().plain();
  if (closed || (last && has_rest_)) to = std::max(to, part.status.size);
  LineDecoder decoder(log_.options());
  decoder.reset(from, state.open, generations_[at.part]->ground.encoding);
  Placer placer(log_.options().format, state);
  placer.set_ground(generations_[at.part]->ground);
  const auto take = [&](const text::Line& line) { each(line, placer.next(line)); };
  while (from < to) {
    const auto into = std::span(buffer).first(static_cast<std::size_t>(std::min<std::uint64_t>(read_bytes, to - from)));
    auto n = part.file.read(from, into);
    if (!n) return forward(n);
    if (*n == 0) break;
    feed_rows(decoder, placer.ground(), from, std::string_view(into.data(), *n), take);
    from += *n;
  }
  if (closed || (last && has_rest_)) decoder.finish(take);
  return {};
}

/// Whether every line of an exact block is asked for, as far as can be told without reading it.
bool Finder::wants_all(At at) {
  const GenerationIndex& own = index(at.part);
  const bool last = at.block + 1 == own.blocks().size();
  if (last && (has_rest_ || (log_.options().plain() && at.part + 1 < parts_.size()))) return false;
  const Block& here = block(at);
  const Place& first = here.before.sequencer.last();
  const Place& final = own.state_behind(at.block).sequencer.last();
  return !(query_.after && first.seq < query_.after->seq) && !(query_.from && first.time < *query_.from) &&
         !(query_.before && final.seq >= query_.before->seq) && !(query_.to && final.time > *query_.to) &&
         !(query_.since && here.least < *query_.since) && !(query_.until && here.greatest >= *query_.until);
}

/// The last `tail` lines from `low` up to `high`.
Result<Finder::Tail> Finder::find_tail(Offset low, Offset high, bool measure) {
  const std::uint64_t wanted = *query_.tail;
  Tail tail{high, 0, 0};
  std::uint64_t kept = 0;  // of tail.lines
  std::uint64_t bytes = 0;
  bool full = wanted == 0;
  std::vector<std::uint32_t> sizes;
  At at = this->at(high);
  if (has_rest_ && index(at.part).blocks().empty()) {
    // Nothing but an unfinished line.
    const auto count = [&](const text::Line&, const Placed& placed) {
      tail.lines += bounds_.wanted(placed.place, placed.time);
    };
    if (auto done = decode(at, count); !done) return forward(done);
    kept = tail.lines;
    full = kept >= wanted;
  }
  while (!full && tail.begin > low) {
    const auto previous = before(at);
    if (!previous) break;
    if (!block(*previous).exact) {
      const Offset here = offset_of(at);
      if (auto settled = settle(*previous); !settled) return forward(settled);
      at = this->at(here);
      continue;
    }
    at = *previous;
    tail.begin = offset_of(at);
    if (!measure && wants_all(at)) {
      tail.lines += block(at).lines;
      kept += block(at).lines;
    } else {
      sizes.clear();
      const auto note = [&](const text::Line& line, const Placed& placed) {
        if (bounds_.wanted(placed.place, placed.time)) sizes.push_back(static_cast<std::uint32_t>(line.bytes.size()));
      };
      if (auto done = decode(at, note); !done) return forward(done);
      tail.lines += sizes.size();
      for (std::size_t i = sizes.size(); i-- > 0 && !full;) {
        full = measure && kept > 0 && bytes + sizes[i] > *query_.tail_bytes;
        if (full) break;
        bytes += sizes[i];
        ++kept;
        full = kept >= wanted;
      }
    }
    full = full || kept >= wanted;
  }
  tail.skip = tail.lines - std::min(kept, wanted);
  return tail;
}

/// A reading that begins a little before, so that lines that stand before what is asked for are at hand.
Result<Start> Finder::begin_at(Offset offset, std::uint64_t skip) {
  std::uint64_t lines = skip;
  std::uint64_t bytes = 0;
  At here = at(offset);
  const auto state_at = [&](At at) -> const LogState& {
    const GenerationIndex& own = index(at.part);
    return at.block < own.blocks().size() ? own.blocks()[at.block].before : own.end_state();
  };
  const Seq floor = query_.tail ? state_at(here).sequencer.last().seq : 0;
  while (lines < LogSelection::context_lines && bytes < LogSelection::most_context_bytes) {
    const auto previous = before(here);
    if (!previous) break;
    if (!block(*previous).exact) {
      if (parts_[previous->part].file.compressed()) break;  // that would be a read of all of it
      const Offset next = offset_of(here);
      if (auto settled = settle(*previous); !settled) return forward(settled);
      here = at(next);
      continue;
    }
    const Offset end =
        here.part == previous->part ? offset_of(here) : Offset{previous->part, index(previous->part).end_offset()};
    here = *previous;
    lines += block(here).lines;
    bytes += end.offset - offset_of(here).offset;
  }
  if (auto settled = settle(here); !settled) return forward(settled);
  Start start;
  start.part = here.part;
  start.offset = offset_of(here).offset;
  start.state = state_at(here);
  start.floor = floor;
  start.skip = skip;
  return start;
}

Result<Start> Finder::find() {
  const bool anew = numbers_began_anew();
  if (anew) {
    const Time next = moved(query_.after->time, Duration(1));
    query_.from = query_.from ? std::max(*query_.from, next) : next;
    query_.after.reset();
    bounds_ = Bounds(query_);
  }
  auto start = find_in_order();
  if (start) start->after_gone = anew && (!query_.tail || start->short_tail);
  return start;
}

Result<Start> Finder::find_in_order() {
  auto low = lowest();
  if (!low) return forward(low);
  if (!query_.tail) return begin_at(*low, 0);
  const Offset high = highest();
  if (high <= *low && !(has_rest_ && high == offset_of(end()))) {
    auto start = begin_at(high, 0);
    if (start) start->short_tail = true;
    return start;
  }
  auto tail = find_tail(*low, high, false);
  if (!tail) return forward(tail);
  if (query_.tail_bytes) {
    // What stands on disk tells whether it is worth looking.
    std::uint64_t raw = 0;
    for (std::size_t part = tail->begin.part; part <= high.part; ++part)
      raw += (part == high.part ? high.offset : index(part).end_offset()) -
             (part == tail->begin.part ? tail->begin.offset : 0);
    if (raw * most_growth > *query_.tail_bytes || has_rest_) {
      tail = find_tail(*low, high, true);
      if (!tail) return forward(tail);
    }
  }
  auto start = begin_at(tail->begin, tail->skip);
  if (start) start->short_tail = tail->skip == 0 && tail->lines < *query_.tail;
  return start;
}

}  // namespace taffrail::logfile
