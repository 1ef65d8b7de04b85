#include "pipeline/live_lane.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/timeout.hpp"
#include "pipeline/lane_query.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;

/// Between two tries to read again what the ring has dropped, while the engine is away.
constexpr auto retry_pause = 1s;

/// Keeps the lines that state a time or a later one.
class Since final : public LineFilter {
 public:
  Since(Time since, FilterPtr wanted) : since_(since), wanted_(std::move(wanted)) {
    key_ = "since " + std::to_string(since.time_since_epoch().count()) + '\n';
    if (wanted_) key_ += wanted_->key();
  }
  [[nodiscard]] const std::string& key() const override { return key_; }
  [[nodiscard]] bool is_cheap() const override { return !wanted_ || wanted_->is_cheap(); }
  [[nodiscard]] bool wants(const Batch& batch, const Record& record) const override {
    return record.time >= since_ && (!wanted_ || wanted_->wants(batch, record));
  }

 private:
  Time since_;
  FilterPtr wanted_;
  std::string key_;
};

}  // namespace

LiveLane::LiveLane(LogContextPtr context, ContainerPtr container, std::shared_ptr<LogStream> stream)
    : context_(std::move(context)),
      container_(std::move(container)),
      stream_(std::move(stream)),
      since_(context_->request.since),
      wake_(context_->pipeline.executor()),
      taken_(context_->pipeline.executor()),
      follower_(stream_->ring(), wake_, LogRing::not_in_ring) {}

std::optional<Seq> LiveLane::take_place() {
  if (!stream_->opened()) return std::nullopt;
  const LogRing& ring = stream_->ring();
  next_ = ring.end_index();
  follower_.move_to(next_);
  tally_ = ring.end().tally;
  if (next_ == 0) return std::nullopt;
  last_ = Cursor{ring.end().last, {}, id()};
  return ring.end().last;
}

void LiveLane::start(std::optional<Cursor> last, std::optional<Time> since) {
  if (last && has_place() && last->seq < last_seq()) {
    // The backlog has ended before its end: the engine is away, and what is stored of the log has not come up to it.
    next_ = last->seq < stream_->ring().last_dropped() ? LogRing::not_in_ring : stream_->ring().first_index();
    follower_.move_to(next_);
    tally_.reset();
    last_ = std::move(last);
  } else if (last && last->seq > last_seq()) {
    last_ = std::move(last);
  }
  if (since) since_ = since_ ? std::max(*since_, *since) : *since;
  filter_ = context_->request.filter_of ? context_->request.filter_of(*container_) : nullptr;
  if (since_) filter_ = std::make_shared<const Since>(*since_, std::move(filter_));
  context_->pipeline.spawn_read("following " + id().str(), [](std::shared_ptr<LiveLane> lane) -> Task<> {
    co_await lane->run();
  }(shared_from_this()));
}

void LiveLane::close() {
  closed_ = true;
  items_.clear();
  offer_.reset();
  follower_.move_to(LogRing::not_in_ring);
  wake_.notify();
  taken_.notify();
}

void LiveLane::take(std::vector<LogItem>& items) {
  std::ranges::move(items_, std::back_inserter(items));
  items_.clear();
  take_offer(items);
  taken_.notify();
}

Task<> LiveLane::run() {
  while (!closed_ && !failure_) {
    if (offer_) {
      co_await taken_.wait();
      continue;
    }
    Result<> step;
    if (has_place() && !behind_a_hole())
      step = co_await follow_ring();
    else if (stream_->opened())
      step = co_await catch_up();
    else
      co_await wait();
    if (closed_) break;
    if (!step && is_transient(step.error().code)) {
      co_await sleep_for(retry_pause);
    } else if (!step) {
      failure_ = std::move(step.error());
    } else if (stream_->state().what == LogState::What::ended && has_place() && next_ == stream_->ring().end_index()) {
      report_state();
      ended_ = true;
      break;
    }
  }
  context_->wake.notify();
}

Task<> LiveLane::wait() {
  report_state();
  co_await wake_.wait();
}

/// Between its last line and the oldest one in the ring lie some that only the origin has, and this read is to have
/// them.
bool LiveLane::behind_a_hole() const {
  const LogRing& ring = stream_->ring();
  return next_ < ring.first_index() && ring.last_dropped() > last_seq() &&
         context_->request.behind == LogRequest::Behind::reread;
}

void LiveLane::report_state() {
  if (closed_ || told_state_ == stream_->state_version()) return;
  told_state_ = stream_->state_version();
  items_.emplace_back(stream_->state());
  context_->wake.notify();
}

Task<> LiveLane::give(std::vector<LogItem> items) {
  std::ranges::move(items, std::back_inserter(items_));
  context_->wake.notify();
  while (!closed_ && !items_.empty()) co_await taken_.wait();
}

void LiveLane::tell_gap(Gap gap, std::vector<LogItem>& items) {
  context_->pipeline.metrics().count_gap("viewer", gap);
  items.emplace_back(std::move(gap));
}

Task<Result<>> LiveLane::follow_ring() {
  const LogRing& ring = stream_->ring();
  report_state();
  if (next_ < ring.first_index()) {
    if (ring.last_dropped() > last_seq() && ring.first_index() < ring.end_index()) {
      const LogRing::Entry& oldest = *ring.entry(ring.first_index());
      std::optional<Cursor> before;
      if (!oldest.batch->empty()) before = Cursor::of(oldest.batch->batch().records.front(), id());
      std::optional<std::uint64_t> missed;
      if (tally_) missed = oldest.before.lines - tally_->lines;
      std::vector<LogItem> items;
      tell_gap(Gap{id(), last_, before, missed, "slow_consumer"}, items);
      last_ = Cursor{ring.last_dropped(), {}, id()};
      tally_ = oldest.before;
      next_ = ring.first_index();
      follower_.move_to(next_);
      co_await give(std::move(items));
      co_return Result<>();
    }
    next_ = ring.first_index();
    follower_.move_to(next_);
  }
  if (next_ == ring.end_index()) {
    co_await wake_.wait();
    co_return Result<>();
  }
  const std::uint64_t index = next_;
  auto view = co_await stream_->view(index, filter_, context_->pipeline.filter_workers(), context_->filter_budget);
  if (!view) co_return forward(view);
  if (context_->filter_budget.debt() > Duration::zero()) co_return std::unexpected(filter_too_dear());
  if (closed_) co_return Result<>();
  if (index < ring.first_index())
    co_return Result<>();  // it fell off the ring meanwhile: as if it had never been there
  offer_entry(*view);
  co_return Result<>();
}

void LiveLane::offer_entry(const BatchPtr& batch) {
  const LogRing::Entry& entry = *stream_->ring().entry(next_);
  // The first entries may hold lines that the backlog had.
  const auto& records = entry.batch->batch().records;
  const bool known = !records.empty() && records.back().seq <= last_seq();
  if (known || (!entry.gap && !batch)) {
    pass_entry();
    return;
  }
  offer_ = batch;
  context_->wake.notify();
}

void LiveLane::take_offer(std::vector<LogItem>& items) {
  if (!offer_) return;
  const BatchPtr batch = std::exchange(offer_, std::nullopt)->lock();
  if (next_ < stream_->ring().first_index()) return;
  const LogRing::EntryPtr entry = stream_->ring().entry(next_);
  if (entry->gap) tell_gap(*entry->gap, items);
  if (batch) {
    const auto& wanted = batch->batch().records;
    const auto from = std::ranges::upper_bound(wanted, last_seq(), {}, &Record::seq);
    if (from != wanted.end())
      items.emplace_back(LogLines{batch, static_cast<std::uint32_t>(from - wanted.begin()),
                                  static_cast<std::uint32_t>(wanted.size())});
  }
  pass_entry();
}

void LiveLane::pass_entry() {
  const LogRing::Entry& entry = *stream_->ring().entry(next_);
  const auto& records = entry.batch->batch().records;
  tally_ = entry.end.tally;
  if (!records.empty() && records.back().seq > last_seq()) last_ = Cursor::of(records.back(), id());
  ++next_;
  follower_.move_to(next_);
}

Task<Result<>> LiveLane::catch_up() {
  report_state();
  const LogRing& ring = stream_->ring();
  LaneQuery asked = lane_query(context_->request, *container_, std::nullopt);
  if (last_) {
    asked.query.after = last_;
    asked.query.from.reset();
    asked.filter = filter_;
  }
  if (since_) asked.query.since = since_;
  // What is stored does not do for the rest, or lines that the ring has dropped and nobody has stored yet were lost.
  asked.query.owed = true;
  // Every lane of a read that stands still may hold a piece.
  const std::size_t bytes = context_->piece_bytes() / std::max<std::size_t>(context_->lanes, 1);
  asked.query.chunk_bytes = std::clamp(bytes, MemoryBudget::least_piece, asked.query.chunk_bytes);
  context_->sign(asked.query);
  PageWork work = context_->page_work();
  work.keep_seqs = true;
  ForwardPages pages(work, context_->pipeline.origin(), id(), std::move(asked.query), std::move(asked.filter));
  // Whatever the ring has dropped by now, the pages will have gone through.
  const Seq dropped = ring.last_dropped();
  auto given = co_await give_pages(pages);
  if (closed_) co_return Result<>();
  if (!given && (!is_transient(given.error().code) || last_seq() < ring.last_dropped())) co_return given;
  if (given && last_seq() < dropped) last_ = Cursor{dropped, {}, id()};
  next_ = ring.first_index();
  if (ring.last_dropped() > last_seq()) {
    // It went on while the pages' end was found: again from there, which is less.
    next_ = LogRing::not_in_ring;
    co_return Result<>();
  }
  follower_.move_to(next_);
  co_return Result<>();
}

Task<Result<>> LiveLane::give_pages(ForwardPages& pages) {
  for (;;) {
    auto piece = co_await pages.next();
    if (closed_) co_return Result<>();
    if (!piece) co_return forward(piece);
    if (!*piece) co_return Result<>();
    LogPiece& found = **piece;
    find_tally(found, found.gap);
    std::vector<LogItem> items;
    if (found.gap) tell_gap(std::move(*found.gap), items);
    const auto wanted = static_cast<std::uint32_t>(found.batch->batch().records.size());
    if (wanted > 0) items.emplace_back(LogLines{found.batch, 0, wanted});
    if (found.lines > 0) last_ = Cursor{found.last.seq, found.last.time, id()};
    if (!items.empty()) co_await give(std::move(items));
    if (closed_) co_return Result<>();
  }
}

/// Finds out where the lines of a page stand among those that the stream has published, to which a place that both know
/// leads: the end of one of its batches. Lines that the source has lost since the stream published them are counted so.
void LiveLane::find_tally(const LogPiece& piece, std::optional<Gap>& gap) {
  const std::vector<Seq>& seqs = piece.seqs;
  if (seqs.empty()) return;
  const auto mark = stream_->ring().mark_among(seqs.front(), seqs.back());
  const auto common = mark ? std::ranges::lower_bound(seqs, mark->last) : seqs.end();
  if (common == seqs.end() || *common != mark->last) {
    if (gap) tally_.reset();
    if (tally_) tally_->lines += seqs.size();
    return;
  }
  const auto up_to_mark = static_cast<std::uint64_t>(common - seqs.begin()) + 1;
  // Where the stream has missed lines itself, its numbers say nothing of those.
  if (gap && !gap->lines && tally_ && tally_->losses == mark->tally.losses &&
      mark->tally.lines >= tally_->lines + up_to_mark)
    gap->lines = mark->tally.lines - up_to_mark - tally_->lines;
  tally_ = LogRing::Tally{mark->tally.lines + (seqs.size() - up_to_mark), mark->tally.losses};
}

}  // namespace taffrail
