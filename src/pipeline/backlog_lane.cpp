#include "pipeline/backlog_lane.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "pipeline/lane_query.hpp"

namespace taffrail {

BacklogLane::BacklogLane(LogContextPtr context, const Container& container, const Plan& plan)
    : context_(std::move(context)),
      id_(container.id),
      backward_(plan.backward),
      frontier_(plan.backward ? Place{Time::max(), std::numeric_limits<Seq>::max()} : Place{Time::min(), 0}) {
  LaneQuery asked = lane_query(context_->request, container, plan.after);
  if (plan.only_end) asked.filter = nullptr;
  if (plan.ceiling && (!asked.query.before || asked.query.before->seq > *plan.ceiling))
    asked.query.before = Cursor{*plan.ceiling + 1, Time::max(), id_};
  asked.query.chunk_bytes = std::clamp(plan.bytes, MemoryBudget::least_piece, asked.query.chunk_bytes);
  context_->sign(asked.query);
  LogOrigin& origin = context_->pipeline.origin();
  if (backward_)
    pages_ = std::make_unique<BackwardPages>(context_->page_work(), origin, id_, std::move(asked.query),
                                             std::move(asked.filter), plan.expected, plan.bytes);
  else
    pages_ = std::make_unique<ForwardPages>(context_->page_work(), origin, id_, std::move(asked.query),
                                            std::move(asked.filter));
}

void BacklogLane::fetch() {
  if (fetching_ || failure_ || next_ || done_) return;
  fetching_ = true;
  // The lane holds what the task works with, and the pipeline the task: a read may leave at any time.
  context_->pipeline.spawn_read("backlog of " + id_.str(), [](std::shared_ptr<BacklogLane> lane) -> Task<> {
    co_await lane->fetch_piece();
  }(shared_from_this()));
}

Task<> BacklogLane::fetch_piece() {
  auto piece = co_await pages_->next();
  fetching_ = false;
  if (done_ || context_->closed) co_return;  // it was given up meanwhile
  if (!piece) {
    failure_ = std::move(piece.error());
  } else if (!*piece) {
    done_ = true;
  } else if (has_line()) {
    next_ = std::move(*piece);
  } else {
    give(std::move(**piece));
  }
  context_->wake.notify();
}

/// What it gives from now on.
void BacklogLane::give(LogPiece piece) {
  scanned_ += piece.lines;
  if (piece.lines > 0) frontier_ = backward_ ? piece.first : piece.last;
  if (piece.gap) gaps_.push_back(std::move(*piece.gap));
  batch_ = std::move(piece.batch);
  at_ = 0;
  records_ = batch_->batch().records.data();
  end_ = static_cast<std::uint32_t>(batch_->batch().records.size());
}

void BacklogLane::take_gaps(std::vector<LogItem>& items) {
  for (Gap& gap : gaps_) {
    context_->pipeline.metrics().count_gap("viewer", gap);
    items.emplace_back(std::move(gap));
  }
  gaps_.clear();
}

void BacklogLane::give_up() {
  batch_.reset();
  next_.reset();
  at_ = end_ = 0;
  done_ = true;
}

const Record& BacklogLane::record(std::uint32_t step) const { return records_[backward_ ? end_ - 1 - step : step]; }

Place BacklogLane::position() const { return record(at_).place(); }

bool BacklogLane::comes_before_there(const Head& one, const Head& other, bool backward) {
  // What is still searched for stands behind its frontier.
  if (one.lane->has_line() != other.lane->has_line()) return one.lane->has_line();
  return backward ? one.lane->id_ > other.lane->id_ : one.lane->id_ < other.lane->id_;
}

LogLines BacklogLane::take_before(const Head* other, std::uint64_t most) {
  const std::uint32_t begin = at_;
  const auto last = static_cast<std::uint32_t>(std::min<std::uint64_t>(end_, begin + most));
  if (!other) {
    at_ = last;
  } else {
    do ++at_;
    while (at_ < last && comes_before(head(), *other, backward_));
  }
  LogLines lines{batch_, begin, at_, backward_};
  if (backward_) {
    lines.first = end_ - at_;
    lines.last = end_ - begin;
  }
  if (has_line()) {
    batch_->prefetch(backward_ ? end_ - 1 - at_ : at_, backward_ ? -1 : 1);
  } else {
    batch_.reset();
    if (next_) give(*std::exchange(next_, std::nullopt));
  }
  return lines;
}

}  // namespace taffrail
