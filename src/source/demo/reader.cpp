#include "source/demo/reader.hpp"

#include <algorithm>
#include <limits>
#include <ranges>
#include <utility>

#include "base/timeout.hpp"
#include "source/sequencer.hpp"

namespace taffrail::demo {
namespace {

using namespace std::chrono_literals;
using std::chrono::floor;
using std::chrono::seconds;

/// How many seconds, or bytes of lines, one piece of work makes up: some milliseconds.
constexpr int turn_seconds = 2000;
constexpr std::size_t turn_bytes = 1 << 20;
/// A service that says ten thousand lines a second wakes its reader this often, not once a line.
constexpr Duration shortest_wait = 25ms;
/// Bounds what a query asks for, so that a second can be added to it: the year 2242.
constexpr Time latest = std::chrono::sys_seconds(seconds(std::int64_t{1} << 33));
/// The wall clock may be set while a reader waits.
constexpr Duration longest_wait = 1s;

/// The earliest time whose lines can have this seq; the reverse of Sequencer::first_of.
Time earliest_of(Seq seq) {
  constexpr auto epoch = std::chrono::sys_days(std::chrono::year(2020) / 1 / 1);
  constexpr Seq most = (Time::max() - Time(epoch)).count() / 125;
  return Time(epoch) + std::chrono::nanoseconds(125 * static_cast<std::int64_t>(std::min(seq, most)));
}

}  // namespace

DemoReader::DemoReader(const Clock& clock, WorkerPool& workers, DemoLog log, ContainerId id, LogQuery query)
    : clock_(clock), workers_(workers), log_(log), id_(std::move(id)), query_(std::move(query)) {
  Time begin = log_.created();
  // Its clock never goes back: place and time are one.
  if (query_.from) query_.since = std::max(query_.since.value_or(Time::min()), *query_.from);
  if (query_.to) query_.until = std::min(query_.until.value_or(Time::max()), moved(*query_.to, 1ns));
  if (query_.since) begin = std::max(begin, *query_.since);
  if (query_.after) {
    from_ = query_.after->seq == std::numeric_limits<Seq>::max() ? query_.after->seq : query_.after->seq + 1;
    begin = std::max(begin, earliest_of(from_));
  }
  end_ = end_now();
  go_to(std::min(begin, latest));
}

/// Where the log ends at present, or where the query does: the first time that is not read.
Time DemoReader::end_now() const {
  Time end = clock_.now() + 1ns;
  if (query_.until) end = std::min(end, *query_.until);
  if (query_.before) end = std::min(end, earliest_of(query_.before->seq));
  return end;
}

bool DemoReader::wanted(const Record& record) const {
  return record.seq >= from_ && (!query_.since || record.time >= *query_.since);
}

bool DemoReader::may_grow() const {
  const Time now = clock_.now();
  if (end_now() <= now) return false;
  return log_.phase(std::max(floor<seconds>(now), log_.created())).state != ContainerState::exited;
}

/// To the first event that may have a line of that time or later.
void DemoReader::go_to(Time time) {
  agenda_ = log_.agenda(floor<seconds>(time));
  event_ = log_.event_at(agenda_, time);
}

/// Goes back from the end until the tail is found, and starts there. Lines are made and thrown away: cheaper than
/// keeping them, when somebody asks for the last million.
Task<> DemoReader::find_tail() {
  const Second first = agenda_.second;
  go_to(std::max(end_, Time(first)));
  Search tail{.found = Sequencer::first_of(end_), .missing = *query_.tail};
  if (tail.missing > 0) {
    event_ = std::min(event_ + 1, agenda_.events);  // which may have lines on both sides of the end
    while (!co_await workers_.run([&] { return search(first, tail); })) continue;
  }
  from_ = std::max(from_, tail.found);
}

/// One turn of that; true when the tail is found. A second may have thousands of lines, of which a page of a merge
/// wants some ten: only what is wanted is made.
bool DemoReader::search(Second first, Search& tail) {
  std::size_t bytes = 0;
  Batch lines;
  for (int turn = 0; turn < turn_seconds; ++turn) {
    while (event_ > 0) {
      if (bytes > turn_bytes) return false;
      lines.bytes.clear();
      lines.records.clear();
      log_.write(agenda_, --event_, lines);
      bytes += lines.bytes.size();
      for (const Record& record : std::views::reverse(lines.records)) {
        if (record.time >= end_) continue;
        tail.kept += record.size;
        const bool too_long = query_.tail_bytes && tail.kept > *query_.tail_bytes && tail.kept > record.size;
        if (!wanted(record) || too_long) return true;
        tail.found = record.seq;
        if (--tail.missing == 0) return true;
      }
    }
    const Phase phase = log_.phase(agenda_.second);
    const Second before = (phase.logs() ? agenda_.second : phase.begin) - 1s;
    if (before < first) return true;
    agenda_ = log_.agenda(before);
    event_ = agenda_.events;
  }
  return false;
}

/// Moves lines before `end` into the batch until it is full, a turn is over (false) or nothing more is there (true).
bool DemoReader::fill(Batch& batch, Time end) {
  Batch lines;
  for (int turn = 0; turn < turn_seconds; ++turn) {
    for (; event_ < agenda_.events; ++event_) {
      if (batch.bytes.size() >= query_.chunk_bytes) return false;
      lines.bytes.clear();
      lines.records.clear();
      log_.write(agenda_, event_, lines);
      for (const Record& record : lines.records) {
        if (record.time >= end) return true;
        if (!wanted(record)) continue;
        batch.append(record.time, record.stream, lines.text(record), false);
        batch.records.back().seq = record.seq;
        from_ = record.seq + 1;  // the lines of an event may lie on both sides of `end`
      }
    }
    Second next = agenda_.second + 1s;
    const Phase phase = log_.phase(agenda_.second);
    if (!phase.logs()) next = std::max(next, phase.end);
    if (Time(next) >= end) return true;
    go_to(Time(next));
  }
  return false;
}

Duration DemoReader::until_next_line() const {
  const Time next = event_ < agenda_.events ? log_.time_of(agenda_, event_) : Time(agenda_.second + 1s);
  return std::clamp<Duration>(next - clock_.now(), shortest_wait, longest_wait);
}

Task<Result<std::optional<LogChunk>>> DemoReader::next() {
  if (!started_) {
    started_ = true;
    if (query_.tail) co_await find_tail();
  }
  LogChunk chunk;
  chunk.batch.container = id_;
  for (;;) {
    // Asked before the look, so that what is written up to the end of a run is seen.
    const bool more_to_come = query_.follow && may_grow();
    const Time end = query_.follow ? end_now() : end_;
    chunk.at_end = co_await workers_.run([&] { return fill(chunk.batch, end); });
    if (!chunk.batch.records.empty() || (chunk.at_end && more_to_come && !told_end_)) {
      told_end_ = told_end_ || chunk.at_end;
      co_return std::optional(std::move(chunk));
    }
    if (!chunk.at_end) continue;
    if (!more_to_come) co_return std::nullopt;
    const Duration wait = until_next_line();
    co_await sleep_for(wait);
  }
}

}  // namespace taffrail::demo
