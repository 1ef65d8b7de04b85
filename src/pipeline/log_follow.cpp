#include "pipeline/log_follow.hpp"

#include <algorithm>
#include <list>
#include <utility>

#include "pipeline/log_read.hpp"

namespace taffrail {
namespace {

Place front(const LogLines& run) { return run.batch->batch().records[run.first].place(); }

bool comes_after(const LogLines& one, const LogLines& other) {
  const Place mine = front(one);
  const Place theirs = front(other);
  return mine != theirs ? mine > theirs : one.batch->batch().container > other.batch->batch().container;
}

}  // namespace

LogFollow::LogFollow(LogContextPtr context) : context_(std::move(context)) {
  const LogRequest& request = context_->request;
  Pipeline& pipeline = context_->pipeline;
  if (request.joins) newcomers_.emplace(pipeline.registry(), request.joins, request.containers, context_->wake);
  if (request.events) events_.emplace(context_);
  for (const ContainerId& id : request.containers) {
    ContainerPtr container = pipeline.registry().find_shared(id);
    Source* source = container ? pipeline.sources().of(*container) : nullptr;
    if (!source) {
      // What is gone has a past, and nothing else.
      if (ContainerPtr gone = pipeline.origin().find_gone(id)) gone_.push_back(std::move(gone));
      continue;
    }
    auto stream = pipeline.hub().follow(*container, *source);
    lanes_.push_back(std::make_shared<LiveLane>(context_, std::move(container), std::move(stream)));
  }
  context_->lanes = lanes_.size();
}

LogFollow::~LogFollow() {
  for (const auto& lane : lanes_) lane->close();
}

Task<Result<std::vector<BacklogPart>>> LogFollow::take_places() {
  asio::steady_timer patience(context_->pipeline.executor());
  const auto impatient = std::make_shared<bool>(false);
  patience.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(open_patience));
  patience.async_wait([impatient, context = context_](const boost::system::error_code& error) {
    *impatient = true;
    if (!error) context->wake.notify();
  });
  {
    std::list<LogRing::Follower> watched;
    for (const auto& lane : lanes_) watched.emplace_back(lane->stream().ring(), context_->wake, LogRing::not_in_ring);
    for (const auto& lane : lanes_)
      while (!lane->stream().tried() && !*impatient) co_await context_->wake.wait();
  }
  patience.cancel();
  std::vector<BacklogPart> parts;
  parts.reserve(lanes_.size() + gone_.size());
  for (const ContainerPtr& container : gone_) parts.push_back({container, std::nullopt});
  for (const auto& lane : lanes_) {
    // Of a log that is open and empty there is no backlog; of one that is not open it goes as far as it goes.
    const LogState state = lane->stream().state();
    if (state.what == LogState::What::unreadable && context_->is_alone())
      co_return fail(ErrorCode::unsupported, state.reason);
    // Of a log that gives no answer there is no backlog; when it answers it joins as one that comes late.
    if (!lane->stream().tried()) continue;
    const auto last = lane->take_place();
    if (last || !lane->has_place()) parts.push_back({lane->container(), last});
  }
  co_return parts;
}

void LogFollow::start(const LogBacklog& backlog) {
  started_ = true;
  for (const auto& lane : lanes_) {
    const bool late = !lane->has_place() && !backlog.has(lane->id());
    lane->start(backlog.newest(lane->id()),
                late && context_->request.tail ? std::optional(context_->begun) : std::nullopt);
  }
}

/// Opens a lane for everybody who has come.
void LogFollow::take_up_newcomers(std::vector<LogItem>& items) {
  while (auto newcomer = newcomers_ ? newcomers_->next() : std::nullopt) {
    if (lanes_.size() >= LogRead::max_containers) {
      items.emplace_back(LogState{newcomer->id, LogState::What::unreadable,
                                  "this read has " + std::to_string(LogRead::max_containers) + " containers already"});
      continue;
    }
    Pipeline& pipeline = context_->pipeline;
    ContainerPtr container = pipeline.registry().find_shared(newcomer->id);
    Source* source = container ? pipeline.sources().of(*container) : nullptr;
    if (!source) continue;
    auto stream = pipeline.hub().follow(*container, *source);
    lanes_.push_back(std::make_shared<LiveLane>(context_, std::move(container), std::move(stream)));
    const bool whole = newcomer->is_new || !context_->request.tail;
    lanes_.back()->start(std::nullopt, whole ? std::nullopt : std::optional(context_->begun));
  }
  context_->lanes = lanes_.size();
}

/// Takes what the lanes have, up to a bound, and lets go of those that give nothing more, so that a read that is open
/// for days holds what there is now.
Result<> LogFollow::gather(std::vector<LogItem>& items) {
  const std::size_t most = std::min(context_->share() / 4, most_gathered);
  std::size_t bytes = 0;
  for (std::size_t left = lanes_.size(); left > 0 && bytes < most; --left) {
    const auto& lane = lanes_[first_asked_++ % lanes_.size()];
    if (!lane->ready()) continue;
    const std::size_t before = items.size();
    lane->take(items);
    if (items.size() > before)
      if (auto* run = std::get_if<LogLines>(&items.back())) {
        bytes += run->ndjson_bytes();
        runs_.push_back(std::move(*run));
        items.pop_back();
      }
    auto failure = lane->take_failure();
    if (!failure) continue;
    if (context_->is_alone() || failure->code == ErrorCode::too_large) return std::unexpected(std::move(*failure));
    if (!lane->told_unreadable() && context_->pipeline.registry().find(lane->id()))
      items.emplace_back(LogState{lane->id(), LogState::What::unreadable, failure->detail});
    lane->close();
  }
  std::erase_if(lanes_, [](const auto& lane) { return lane->ended(); });
  return {};
}

/// Moves runs to `items` in the order of their lines, and what happened before them.
void LogFollow::merge_runs(std::vector<LogItem>& items, std::uint64_t most) {
  std::ranges::make_heap(runs_, comes_after);
  while (!runs_.empty() && most > 0) {
    std::ranges::pop_heap(runs_, comes_after);
    LogLines& run = runs_.back();
    if (events_) events_->take_before(front(run), items);
    const Time event = events_ ? events_->next() : Time::max();
    LogLines part{run.batch, run.first, run.first};
    while (run.first < run.last && most > 0 &&
           (part.size() == 0 || (front(run).time < event && (runs_.size() == 1 || comes_after(runs_.front(), run))))) {
      part.last = ++run.first;
      --most;
      if (run.first == run.last) break;
    }
    items.emplace_back(std::move(part));
    if (run.first == run.last)
      runs_.pop_back();
    else
      std::ranges::push_heap(runs_, comes_after);
  }
}

Task<Result<>> LogFollow::next(std::vector<LogItem>& items, std::uint64_t most) {
  for (const ContainerPtr& gone : std::exchange(gone_, {}))
    items.emplace_back(LogState{gone->id, LogState::What::ended, "the container was removed"});
  for (;;) {
    if (runs_.empty()) {
      take_up_newcomers(items);
      auto gathered = gather(items);
      if (!gathered) co_return gathered;
    }
    merge_runs(items, most);
    const bool over = runs_.empty() && lanes_.empty() && !newcomers_;
    if (events_ && over) events_->take_all(items);
    if (events_ && runs_.empty()) events_->take_ripe(items);
    if (!items.empty() || over) co_return Result<>();
    co_await context_->wake.wait();
  }
}

}  // namespace taffrail
