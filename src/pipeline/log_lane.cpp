#include "pipeline/log_lane.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "base/timeout.hpp"
#include "pipeline/log_order.hpp"
#include "pipeline/pipeline.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;

/// How far the time of a line may stand from its place in the log: clocks are set, and two outputs of one container
/// race.
constexpr Duration clock_slack = 1s;

/// Lines a following read looks through per container for the wanted lines of its tail before it goes live without
/// them; a viewer pages further back by cursor.
constexpr std::uint64_t max_follow_scan = 100'000;

bool is_transient(ErrorCode code) {
  switch (code) {
    case ErrorCode::unavailable:
    case ErrorCode::timeout:
    case ErrorCode::io:
    case ErrorCode::no_space:
    case ErrorCode::protocol:
    case ErrorCode::end_of_stream: return true;
    case ErrorCode::invalid_argument:
    case ErrorCode::not_found:
    case ErrorCode::conflict:
    case ErrorCode::unsupported:
    case ErrorCode::permission_denied:
    case ErrorCode::too_large:
    case ErrorCode::cancelled:
    case ErrorCode::damaged:
    case ErrorCode::internal: return false;
  }
  return false;
}

bool is_after(const Batch& batch, const Record& record, const Cursor& cursor) {
  const Seq here = position_of(record.seq, record.time);
  const Seq there = position_of(cursor.seq, cursor.time);
  return here != there ? here > there : batch.container > cursor.container;
}

bool is_before(const Batch& batch, const Record& record, const Cursor& cursor) {
  const Seq here = position_of(record.seq, record.time);
  const Seq there = position_of(cursor.seq, cursor.time);
  return here != there ? here < there : batch.container < cursor.container;
}

}  // namespace

LogLane::LogLane(Pipeline& pipeline, const Container& container, Source& source, const LogRequest& request,
                 BackwardPages::PageLines pages, SignalFlag& wake, std::optional<Time> since)
    : pipeline_(pipeline),
      id_(container.id),
      source_(source),
      request_(request),
      wake_(wake),
      since_(since ? std::max(since, request.since) : request.since),
      filter_(lane_filter(container)),
      backward_(request.descending || request.tail.has_value()),
      frontier_(backward_ ? std::numeric_limits<Seq>::max() : 0) {
  if (request_.follow) {
    stream_ = pipeline_.hub().follow(container, source_);
    stream_->add_viewer(wake_, index_);
  }
  if (backward_)
    pages_ = std::make_unique<BackwardPages>(pipeline_.workers(), source_, id_, page_query(), filter_, pages);
  else
    pages_ = std::make_unique<ForwardPages>(pipeline_.workers(), source_, id_, page_query(), filter_);
  const auto& lower = request_.descending ? request_.until_cursor : request_.cursor;
  if (lower && names(*lower)) last_ = lower;
}

LogLane::~LogLane() {
  if (stream_) stream_->remove_viewer(index_);
}

/// Whether `cursor` names a line of this container, so that its seq alone is the bound.
bool LogLane::names(const Cursor& cursor) const {
  if (!cursor.container.empty()) return cursor.container == id_;
  return request_.containers.size() == 1 && request_.containers.front() == id_;
}

LogQuery LogLane::page_query() const {
  const auto& lower = request_.descending ? request_.until_cursor : request_.cursor;
  const auto& upper = request_.descending ? request_.cursor : request_.until_cursor;
  LogQuery query;
  query.since = since_;
  query.until = request_.until;
  if (lower && names(*lower))
    query.after = lower;
  else if (lower)
    query.since = std::max(query.since.value_or(Time::min()), lower->time - clock_slack);
  if (upper && names(*upper))
    query.before = upper;
  else if (upper)
    query.until = std::min(query.until.value_or(Time::max()), upper->time + clock_slack);
  return query;
}

RecordFilter LogLane::lane_filter(const Container& container) const {
  auto lower = request_.descending ? request_.until_cursor : request_.cursor;
  auto upper = request_.descending ? request_.cursor : request_.until_cursor;
  // The source honours a bound that names a line of its own; the others are places on the timeline.
  if (lower && names(*lower)) lower.reset();
  if (upper && names(*upper)) upper.reset();
  RecordFilter wanted = request_.filter_of ? request_.filter_of(container) : RecordFilter();
  if (!lower && !upper && !since_) return wanted;
  return [lower, upper, since = since_, filter = std::move(wanted)](const Batch& batch, const Record& record) {
    if (since && record.time < *since) return false;
    if (lower && !is_after(batch, record, *lower)) return false;
    if (upper && !is_before(batch, record, *upper)) return false;
    return !filter || filter(batch, record);
  };
}

void LogLane::take_piece(LogPiece piece, std::vector<LogItem>& items) {
  const std::vector<Record>& records = piece.batch->batch.records;
  if (stream_ && !downwards()) find_place(records, piece.gap);
  if (piece.gap) tell_gap(std::move(*piece.gap), items);
  scanned_ += records.size();
  if (!records.empty()) {
    const Record& furthest = downwards() ? records.front() : records.back();
    frontier_ = position_of(furthest.seq, furthest.time);
  }
  piece_ = std::move(piece);
  at_ = 0;
  if (pages_ && pages_->newest() && pages_->newest()->seq > last_seq()) last_ = pages_->newest();
}

Task<Result<void>> LogLane::advance(std::vector<LogItem>& items) {
  if (stream_) {
    while (!stream_->tried()) co_await wake_.wait();
    if (scanned_ == 0) covered_ = stream_->opened();
    if (backward_ && scanned_ >= max_follow_scan) {
      done_ = true;
      co_return Result<void>();
    }
  }
  for (;;) {
    auto piece = co_await pages_->next();
    if (piece) {
      if (*piece)
        take_piece(std::move(**piece), items);
      else
        done_ = true;
      co_return Result<void>();
    }
    // A following read that has begun waits out an engine's restart; one that has not tells its viewer at once.
    if (!stream_ || !last_ || !is_transient(piece.error().code)) co_return forward(piece);
    co_await sleep_for(500ms);
  }
}

Task<Result<void>> LogLane::anchor() {
  while (stream_ && !stream_->tried()) co_await wake_.wait();
  covered_ = stream_ && stream_->opened();
  auto piece = co_await pages_->next();
  if (!piece) co_return forward(piece);
  if (pages_->newest()) last_ = pages_->newest();
  co_return Result<void>();
}

Seq LogLane::position() const {
  const Record& record = piece_->batch->batch.records[piece_->picks[at_]];
  return position_of(record.seq, record.time);
}

bool LogLane::comes_before(const LogLane& other) const {
  const Seq mine = position();
  const Seq theirs = other.position();
  if (mine != theirs) return precedes(mine, theirs);
  return downwards() ? id_ > other.id_ : id_ < other.id_;
}

LogLines LogLane::take_while_before(const LogLane* other, std::optional<Seq> bound, std::uint64_t most) {
  LogLines lines{piece_->batch, {}};
  if (!other && !bound && at_ == 0 && piece_->picks.size() <= most) {
    lines.picks = std::move(piece_->picks);
    piece_.reset();
    return lines;
  }
  while (has_line() && lines.picks.size() < most && (!other || comes_before(*other)) &&
         (!bound || precedes(position(), *bound)))
    lines.picks.push_back(piece_->picks[at_++]);
  return lines;
}

void LogLane::give_up() {
  piece_.reset();
  done_ = true;
  live_ = false;
  if (stream_) stream_->remove_viewer(index_);
  stream_.reset();
}

void LogLane::go_live() {
  piece_.reset();
  pages_.reset();
  if (!stream_) return;
  live_ = true;
  index_ = stream_->first_index();
}

bool LogLane::ended() const {
  return !live_ || (stream_->state().what == LogState::What::ended && state_version_ == stream_->state_version() &&
                    !has_line() && !pages_ && index_ == stream_->end_index());
}

bool LogLane::has_news() const {
  if (!live_ || must_retry_) return false;
  return has_line() || (stream_->opened() && !covered_) || pages_ || index_ < stream_->end_index() ||
         state_version_ != stream_->state_version();
}

void LogLane::report_state(std::vector<LogItem>& items) {
  if (state_version_ == stream_->state_version()) return;
  state_version_ = stream_->state_version();
  items.emplace_back(stream_->state());
}

Task<Result<void>> LogLane::pull_live(std::vector<LogItem>& items) {
  if (!live_) co_return Result<void>();
  report_state(items);
  must_retry_ = false;
  while (!has_line()) {
    if (!covered_) {
      // The stream was opened after the backlog was read: what lies between is only at the source.
      if (!stream_->opened()) break;
      covered_ = true;
      joined_ = false;
      LogQuery query = page_query();
      if (last_) query.after = last_;
      pages_ = std::make_unique<ForwardPages>(pipeline_.workers(), source_, id_, std::move(query), filter_);
    }
    if (pages_) {
      auto piece = co_await pages_->next();
      if (!piece && is_transient(piece.error().code)) {
        must_retry_ = true;
        break;
      }
      if (!piece) co_return forward(piece);
      if (*piece) {
        take_piece(std::move(**piece), items);
        continue;
      }
      pages_.reset();
      index_ = stream_->first_index();
    }
    if (index_ < stream_->first_index()) {
      if (stream_->last_dropped() > last_seq() && (!joined_ || request_.behind == LogRequest::Behind::reread)) {
        covered_ = false;
        continue;
      }
      if (stream_->last_dropped() > last_seq()) {
        const LogStream::Entry& oldest = stream_->entry(stream_->first_index());
        const Record& first = oldest.batch->batch.records.front();
        std::optional<std::uint64_t> missed;
        if (place_) missed = oldest.before.lines - place_->lines;
        tell_gap(Gap{id_, last_, Cursor{first.seq, first.time, id_}, missed, "slow_consumer"}, items);
      }
      index_ = stream_->first_index();
    } else if (!joined_ && index_ == stream_->first_index() && stream_->last_dropped() > last_seq()) {
      covered_ = false;  // the ring moved past the end of the pages before it was reached
      continue;
    }
    if (index_ == stream_->end_index()) {
      joined_ = true;
      place_ = stream_->total();
      break;
    }
    take_ring_entry(items);
  }
  co_return Result<void>();
}

/// Finds out where the lines of a page stand among those that the stream has published, to which a place that both know
/// leads: the end of one of its batches. Lines that the source has lost since the stream published them are counted so.
void LogLane::find_place(const std::vector<Record>& records, std::optional<Gap>& gap) {
  if (records.empty()) return;
  const auto mark = stream_->mark_among(records.front().seq, records.back().seq);
  const auto common = mark ? std::ranges::lower_bound(records, mark->last, {}, &Record::seq) : records.end();
  if (common == records.end() || common->seq != mark->last) {
    if (gap) place_.reset();
    if (place_) place_->lines += records.size();
    return;
  }
  const auto up_to_mark = static_cast<std::uint64_t>(common - records.begin()) + 1;
  // Where the stream has missed lines itself, its numbers say nothing of those.
  if (gap && !gap->lines && place_ && place_->losses == mark->place.losses &&
      mark->place.lines >= place_->lines + up_to_mark)
    gap->lines = mark->place.lines - up_to_mark - place_->lines;
  place_ = LogStream::Place{mark->place.lines + (records.size() - up_to_mark), mark->place.losses};
}

void LogLane::tell_gap(Gap gap, std::vector<LogItem>& items) {
  pipeline_.metrics().count_gap("viewer", gap);
  items.emplace_back(std::move(gap));
}

void LogLane::take_ring_entry(std::vector<LogItem>& items) {
  const LogStream::Entry& entry = stream_->entry(index_++);
  const std::vector<Record>& records = entry.batch->batch.records;
  place_ = LogStream::Place{entry.before.lines + records.size(), entry.before.losses + (entry.gap ? 1 : 0)};
  if (!records.empty() && records.back().seq <= last_seq()) return;
  if (entry.gap) tell_gap(*entry.gap, items);
  if (records.empty()) return;
  LogPiece piece{entry.batch, pick(entry.batch->batch, filter_), std::nullopt};
  if (records.front().seq <= last_seq())
    std::erase_if(piece.picks, [&](std::uint32_t i) { return records[i].seq <= last_seq(); });
  else
    joined_ = true;
  last_ = Cursor{records.back().seq, records.back().time, id_};
  piece_ = std::move(piece);
  at_ = 0;
}

}  // namespace taffrail
