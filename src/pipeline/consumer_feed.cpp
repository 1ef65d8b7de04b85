#include "pipeline/consumer_feed.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include "base/backoff.hpp"
#include "base/timeout.hpp"
#include "pipeline/log_hub.hpp"
#include "pipeline/log_pages.hpp"

namespace taffrail {

using namespace std::chrono_literals;

ConsumerFeed::ConsumerFeed(const Executor& executor, LogConsumer& consumer, std::shared_ptr<LogStream> stream,
                           LogOrigin& origin, WorkerPool& workers, const LogHub& hub, PipelineMetrics& metrics)
    : consumer_(consumer),
      stream_(std::move(stream)),
      origin_(origin),
      workers_(workers),
      hub_(hub),
      metrics_(metrics),
      wake_(executor) {
  LogStart start = consumer.start_of(stream_->id());
  from_now_ = start.now;
  since_ = start.since;
  acknowledged_ = std::move(start.after);
  next_ = stream_->ring().end_index();
  // Keeps the stream from being let go before the first turn of run().
  follower_.emplace(stream_->ring(), wake_, from_now_ ? next_ : LogRing::not_in_ring, true, consumer.patience());
}

Task<> ConsumerFeed::run() {
  Backoff backoff(250ms, 15s, std::hash<ContainerId>{}(stream_->id()));
  for (;;) {
    const auto acknowledged = acknowledged_;
    auto fed = co_await feed();
    if (ended_) co_return;
    if (fed) break;
    if (acknowledged_ && (!acknowledged || acknowledged->seq != acknowledged_->seq)) backoff.reset();
    co_await sleep_for(backoff.next());
  }
  consumer_.ended(stream_->id());
}

void ConsumerFeed::end() {
  ended_ = true;
  wake_.notify();
}

bool ConsumerFeed::at_end() const {
  return stream_->state().what == LogState::What::ended && next_ == stream_->ring().end_index();
}

std::size_t ConsumerFeed::size_of(const Batch& batch) {
  return batch.bytes.size() + batch.records.size() * sizeof(Record);
}

Task<Result<>> ConsumerFeed::feed() {
  unacknowledged_bytes_ = 0;
  last_ = acknowledged_;
  // The stream is opened where its log ends now.
  while (!stream_->opened() && !ended_) co_await wake_.wait();
  LogRing& ring = stream_->ring();
  if (from_now_) {
    if (!given_.empty()) next_ = given_.front().index;  // it was given in vain
    if (!last_ && next_ == 0) last_ = stream_->opened_behind();
    given_.clear();
    auto live = co_await feed_ring();
    co_return live;
  }
  given_.clear();
  // At first the ring goes on without us: what was written in days must not hold up what is live. From the second time
  // on little is left to read, and the ring stays as it is.
  follower_->move_to(LogRing::not_in_ring);
  Seq passed = 0;  // up to here everything was given, or is lost
  do {
    const Seq dropped = ring.last_dropped();
    auto paged = co_await feed_pages();
    if (!paged) co_return paged;
    passed = std::max(dropped, last_ ? last_->seq : 0);
    follower_->move_to(ring.first_index());
  } while (ring.last_dropped() > passed);
  next_ = ring.first_index();
  follower_->move_to(next_);
  auto live = co_await feed_ring();
  co_return live;
}

Task<Result<>> ConsumerFeed::feed_pages() {
  LogQuery query;
  query.owed = true;
  query.chunk_bytes = std::clamp(pieces_bytes / std::max<std::size_t>(hub_.size(), 1), least_piece, query.chunk_bytes);
  query.after = last_;
  if (!last_) query.since = since_;
  ForwardPages pages({workers_, workers_, nullptr, false}, origin_, stream_->id(), std::move(query), nullptr);
  for (;;) {
    auto piece = co_await pages.next();
    // A log that nobody has any more has lost its lines: what is live goes on.
    if (!piece && (piece.error().code == ErrorCode::not_found || piece.error().code == ErrorCode::unsupported))
      co_return Result<>();
    if (!piece) co_return forward(piece);
    if (!*piece) co_return Result<>();
    if ((*piece)->batch->empty() && !(*piece)->gap) continue;
    auto given = co_await give({std::move((*piece)->batch), std::move((*piece)->gap)}, LogRing::not_in_ring);
    if (!given) co_return given;
    while (unacknowledged_bytes_ >= window_bytes && !ended_) {
      consumer_.log_waits(stream_->id());
      // (It may have acknowledged from within.)
      if (unacknowledged_bytes_ >= window_bytes) co_await wake_.wait();
    }
    if (ended_) co_return Result<>();
  }
}

Task<Result<>> ConsumerFeed::feed_ring() {
  LogRing& ring = stream_->ring();
  for (;;) {
    while (next_ < ring.end_index() && !ended_) {
      const std::uint64_t index = next_++;
      const LogRing::EntryPtr entry = ring.entry(index);
      const auto& records = entry->batch->batch().records;
      const Seq last = last_ ? last_->seq : 0;
      // The first entries may hold lines that were given before, from the origin or in a time before.
      if (!records.empty() && records.back().seq <= last) {
        if (given_.empty()) follower_->move_to(next_);
        continue;
      }
      LogDelivery delivery{entry->batch, entry->gap, true};
      if (!records.empty() && records.front().seq <= last) {
        const auto from = std::ranges::upper_bound(records, last, {}, &Record::seq);
        Batch rest = entry->batch->batch();
        rest.records.erase(rest.records.begin(), rest.records.begin() + (from - records.begin()));
        delivery.batch = std::make_shared<const ClassifiedBatch>(std::move(rest));
        delivery.gap.reset();
      }
      auto given = co_await give(std::move(delivery), index);
      if (!given) co_return given;
    }
    if (at_end() || ended_) co_return Result<>();
    if (!given_.empty() && !ring.has_room()) consumer_.log_waits(stream_->id());
    co_await wake_.wait();
  }
}

Task<Result<>> ConsumerFeed::give(LogDelivery delivery, std::uint64_t index) {
  const auto& records = delivery.batch->batch().records;
  Given given{last_ ? last_->seq : 0, size_of(delivery.batch->batch()), index};
  std::optional<Cursor> last = last_;
  if (!records.empty()) {
    last = Cursor::of(records.back(), stream_->id());
    given.last = last->seq;
  }
  if (delivery.gap) metrics_.count_gap(std::string(consumer_.name()), *delivery.gap);
  // Before it is taken: it may be acknowledged from within.
  given_.push_back(given);
  unacknowledged_bytes_ += given.bytes;
  last_ = last;
  auto taken = co_await consumer_.take(std::move(delivery));
  co_return taken;
}

void ConsumerFeed::acknowledge(Seq seq) {
  if (!last_) return;
  seq = std::min(seq, last_->seq);
  if (!acknowledged_ || acknowledged_->seq < seq) acknowledged_ = Cursor{seq, last_->time, stream_->id()};
  while (!given_.empty() && given_.front().last <= seq) {
    unacknowledged_bytes_ -= given_.front().bytes;
    if (given_.front().index != LogRing::not_in_ring) follower_->move_to(given_.front().index + 1);
    given_.pop_front();
  }
  wake_.notify();
}

}  // namespace taffrail
