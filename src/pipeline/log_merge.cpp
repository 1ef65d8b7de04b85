#include "pipeline/log_merge.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "base/timeout.hpp"

namespace taffrail {
namespace {

constexpr auto retry_pause = std::chrono::milliseconds(500);

}  // namespace

LogMerge::LogMerge(LogContextPtr context, std::vector<std::shared_ptr<BacklogLane>> lanes)
    : context_(std::move(context)),
      lanes_(std::move(lanes)),
      backward_(!lanes_.empty() && lanes_.front()->is_backward()) {
  make_heap();
}

LogMerge::~LogMerge() {
  for (const auto& lane : lanes_) lane->give_up();
}

void LogMerge::make_heap() {
  heap_.clear();
  for (const auto& lane : lanes_)
    if (!lane->done()) heap_.push_back(lane->head());
  for (std::size_t i = heap_.size() / 2; i-- > 0;) sink(i);
}

void LogMerge::sink(std::size_t at) {
  const Head moving = heap_[at];
  for (std::size_t child = 2 * at + 1; child < heap_.size(); child = 2 * at + 1) {
    if (child + 1 < heap_.size() && comes_before(heap_[child + 1], heap_[child])) ++child;
    if (!comes_before(heap_[child], moving)) break;
    heap_[at] = heap_[child];
    at = child;
  }
  heap_[at] = moving;
}

void LogMerge::settle_first() {
  if (heap_.front().lane->done()) {
    heap_.front() = heap_.back();
    heap_.pop_back();
    if (heap_.empty()) return;
  } else {
    heap_.front().place = heap_.front().lane->front();
  }
  sink(0);
}

const LogMerge::Head* LogMerge::second() const {
  if (heap_.size() < 2) return nullptr;
  return heap_.size() == 2 || comes_before(heap_[1], heap_[2]) ? &heap_[1] : &heap_[2];
}

std::size_t LogMerge::most_under_way() const {
  return std::max(least_under_way, under_way_of_all / std::max<std::size_t>(context_->pipeline.memory().reads(), 1));
}

/// Lanes that nobody has asked yet are asked side by side: each has to be before the first line is known.
void LogMerge::open_others() {
  if (unopened_ == lanes_.size()) return;
  const std::size_t most = std::min(opened_at_once, most_under_way());
  auto under_way =
      static_cast<std::size_t>(std::ranges::count_if(lanes_, [](const auto& lane) { return lane->fetching(); }));
  while (unopened_ < lanes_.size() && under_way < most) {
    BacklogLane& next = *lanes_[unopened_++];
    if (next.fetching() || !next.searching()) continue;
    next.fetch();
    ++under_way;
  }
}

/// Of many lanes, which have small pieces, those that will be next to come to the end of theirs read on together with
/// the one that is waited for: one by one each would wake a worker and be woken by it, which takes longer than reading.
void LogMerge::fetch_ahead() {
  const std::size_t most = std::min(read_ahead(lanes_.size()), most_under_way());
  std::erase_if(ahead_, [](const BacklogLane* lane) { return !lane->is_ahead(); });
  if (opening_ || ahead_.size() * 2 > most) return;
  std::vector<Head> ends;
  ends.reserve(heap_.size());
  for (const Head& head : heap_)
    if (head.lane->ends_early()) ends.push_back({head.lane->frontier(), head.lane});
  const auto chosen = static_cast<std::ptrdiff_t>(std::min(most - ahead_.size(), ends.size()));
  std::ranges::partial_sort(ends, ends.begin() + chosen,
                            [&](const Head& one, const Head& other) { return comes_before(one, other); });
  for (const Head& end : std::span(ends).first(static_cast<std::size_t>(chosen))) {
    end.lane->fetch();
    ahead_.push_back(end.lane);
  }
}

Task<Result<>> LogMerge::await_line(BacklogLane& lane, std::vector<LogItem>& items) {
  lane.fetch();
  open_others();
  fetch_ahead();
  asio::steady_timer patience(context_->pipeline.executor());
  const auto impatient = std::make_shared<bool>(false);  // the timer's handler may come late
  if (lanes_.size() > 1 && lane.fetching()) {
    patience.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(patience_));
    patience.async_wait([impatient, context = context_](const boost::system::error_code& error) {
      *impatient = true;
      if (!error) context->wake.notify();
    });
  }
  while (lane.fetching() && !*impatient) {
    co_await context_->wake.wait();
    open_others();
  }
  auto failure = lane.take_failure();
  if (failure && is_transient(failure->code) && context_->request.follow && lane.scanned() > 0) {
    // A following read that has begun waits out an engine's restart; one that has not tells its viewer at once.
    co_await sleep_for(retry_pause);
    co_return Result<>();
  }
  if (lane.fetching()) {
    failure = Error{ErrorCode::timeout, "its log gives no answer"};
    patience_ = std::max(patience_ / 2, least_patience);
  }
  if (!failure && scan_limit_ && lane.searching() && lane.scanned() >= *scan_limit_) lane.give_up();
  if (failure && (context_->is_alone() || failure->code == ErrorCode::too_large))
    co_return std::unexpected(std::move(*failure));
  lane.take_gaps(items);
  if (failure) drop(lane, failure->detail, items);
  co_return Result<>();
}

/// One of several containers cannot be read: the viewer is told, and the others go on. One that was removed before
/// anything could be read of it has nothing that could be missed.
void LogMerge::drop(BacklogLane& lane, const std::string& why, std::vector<LogItem>& items) {
  if (context_->pipeline.registry().find(lane.id()))
    items.emplace_back(LogState{lane.id(), LogState::What::unreadable, why});
  lane.give_up();
}

/// What is at hand: lines of many logs often take turns, and to be a coroutine at each would cost as much as the line.
LogMerge::Amount LogMerge::take(std::vector<LogItem>& items, Amount most) {
  Amount taken;
  while (!heap_.empty() && taken.lines < most.lines && taken.bytes < most.bytes) {
    BacklogLane& first = *heap_.front().lane;
    if (!first.has_line()) break;
    first.take_gaps(items);
    const auto& lines = std::get<LogLines>(items.emplace_back(first.take_before(second(), most.lines - taken.lines)));
    taken.lines += lines.size();
    taken.bytes += lines.ndjson_bytes() + sizeof(LogItem);
    settle_first();
  }
  return taken;
}

Task<Result<std::optional<LogMerge::Amount>>> LogMerge::next(std::vector<LogItem>& items, Amount most) {
  while (!heap_.empty()) {
    const Amount taken = take(items, most);
    if (taken.lines > 0) co_return taken;
    auto found = co_await await_line(*heap_.front().lane, items);
    if (!found) co_return forward(found);
    // While lanes are opened side by side others than the first have moved, too.
    if (opening_) {
      opening_ =
          unopened_ < lanes_.size() || std::ranges::any_of(lanes_, [](const auto& lane) { return lane->fetching(); });
      make_heap();
    } else {
      settle_first();
    }
  }
  co_return std::nullopt;
}

}  // namespace taffrail
