#include "pipeline/log_events.hpp"

#include <algorithm>
#include <utility>

namespace taffrail {

LogEvents::LogEvents(const LogContextPtr& context)
    : context_(context),
      containers_(context->request.containers.begin(), context->request.containers.end()),
      timer_(context->pipeline.executor()),
      hearing_(context->pipeline.registry().on_event([this](const EventPtr& event) { hear(event); })) {}

void LogEvents::hear(const EventPtr& event) {
  if (!containers_.contains(event->container)) {
    const auto& joins = context_->request.joins;
    const Container* container = joins ? context_->pipeline.registry().find(event->container) : nullptr;
    if (!container || !joins(*container)) return;
  }
  const auto later =
      std::ranges::upper_bound(waiting_, event->time, {}, [](const Waiting& one) { return one.event->time; });
  waiting_.insert(later, {event, context_->pipeline.clock().steady_now() + patience});
  if (waiting_.size() > most) waiting_.pop_front();
  if (waiting_.size() == 1) set_timer();
  context_->wake.notify();
}

/// The read is woken when the first one has waited long enough.
void LogEvents::set_timer() {
  timer_.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(
      waiting_.front().ripe - context_->pipeline.clock().steady_now()));
  timer_.async_wait([context = context_](const boost::system::error_code& error) {
    if (!error) context->wake.notify();
  });
}

void LogEvents::take_first(std::vector<LogItem>& items) {
  items.emplace_back(std::move(waiting_.front().event));
  waiting_.pop_front();
}

void LogEvents::take_before(const Place& line, std::vector<LogItem>& items) {
  while (!waiting_.empty() && waiting_.front().event->time <= line.time) take_first(items);
}

void LogEvents::take_ripe(std::vector<LogItem>& items) {
  if (waiting_.empty()) return;
  const SteadyTime now = context_->pipeline.clock().steady_now();
  while (!waiting_.empty() && waiting_.front().ripe <= now) take_first(items);
  if (!waiting_.empty()) set_timer();
}

void LogEvents::take_all(std::vector<LogItem>& items) {
  while (!waiting_.empty()) take_first(items);
}

}  // namespace taffrail
