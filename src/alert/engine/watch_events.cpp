#include <algorithm>
#include <utility>

#include "alert/engine/event_evaluation.hpp"
#include "alert/engine/watch.hpp"
#include "base/turn.hpp"

// Events of containers, and of engines, disks and destinations.

namespace taffrail::alert {

using namespace std::chrono_literals;

void Watch::take_own_event(HostWatch::Happening happening) {
  auto event = std::make_shared<ContainerEvent>();
  event->container = ContainerId(happening.host, {});  // each host has its own group
  event->host = std::move(happening.host);
  event->time = clock_.now();
  event->action = std::move(happening.action);
  event->attributes = std::move(happening.attributes);
  if (events_.size() >= most_waiting) {
    ++counters_.lost_events;
    return;
  }
  events_.push_back({std::move(event), nullptr, std::move(happening.host_name), happening.ends_only});
  event_.notify();
}

void Watch::on_event(const EventPtr& event) {
  const auto at = watched_.find(event->container);
  if (at == watched_.end()) return;
  if (event->action == "start" && std::exchange(at->second->stopped, false)) {
    constexpr std::size_t most_restarts = 1000;
    std::deque<Time>& restarts = at->second->restarts;
    restarts.push_back(clock_.now());
    while (restarts.size() > most_restarts || restarts.front() < clock_.now() - 1h) restarts.pop_front();
  }
  if (std::ranges::none_of(table_->rules(), [](const RulePtr& rule) { return rule->spec().type == RuleType::event; }))
    return;
  if (events_.size() >= most_waiting) {
    ++counters_.lost_events;
    return;
  }
  events_.push_back({event, at->second});
  event_.notify();
}

Task<> Watch::look_at_events() {
  for (;;) {
    while (events_.empty()) co_await event_.wait();
    // In order, so one whose container is not judged yet holds up those behind it; that takes milliseconds.
    while (events_.front().of && !events_.front().of->rules && !events_.front().of->gone) co_await judged_.wait();
    constexpr std::size_t together = 256;
    std::vector<Event> events;
    while (!events_.empty() && events.size() < together &&
           (!events_.front().of || events_.front().of->rules || events_.front().of->gone)) {
      events.push_back(std::move(events_.front()));
      events_.pop_front();
    }
    co_await apply_events(std::move(events));
    changed_();
  }
}

Task<> Watch::apply_events(std::vector<Event> events) {
  const std::shared_ptr<const RuleTable> table = table_;
  std::vector<AskedEvent> asked(events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    asked[i] = {.event = events[i].event, .view = nullptr, .rules = nullptr, .ends_only = events[i].ends_only};
    if (events[i].of) {
      asked[i].view = events[i].of->view;
      asked[i].rules = events[i].of->rules;
      continue;
    }
    Container nobody;
    nobody.host = events[i].event->host;
    asked[i].view = std::make_shared<const ContainerView>(std::make_shared<const Container>(std::move(nobody)),
                                                          events[i].host_name);
  }
  const std::shared_ptr<const std::set<RuleId>> off = budgets_.throttled();
  std::vector<std::vector<EventMatch>> matches;
  const RuleMeter meter = co_await workers_.run([&] {
    RuleMeter used(off);
    matches = evaluate(asked, *table, used);
    return used;
  });
  note_costs(meter);
  Turn turn;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const ContainerEvent& event = *events[i].event;
    for (EventMatch& match : matches[i]) {
      const auto since = since_.find(match.rule->id());
      const Time at = happened(event.time, clock_.now(), true);
      if (since == since_.end() || !match.rule->is_on_duty(at)) continue;
      AlertBook::GroupKey key = AlertBook::key_of(std::move(match.group), event.container);
      if (match.resolves) {
        book_.take_resolved(*match.rule, key, at);
        continue;
      }
      ++counters_.matches;
      Trigger trigger;
      trigger.facts = EventFacts{event.action, event.time, event.attributes};
      trigger.detail = detail_of(event);
      trigger.message = std::move(match.message);
      Subject subject;
      if (events[i].of) subject = {asked[i].view->container(), asked[i].view->host_name(), events[i].of->since};
      book_.take(*match.rule, std::move(key), subject, at, 1, std::move(trigger));
    }
    if (turn.due()) co_await next_turn(turn);
  }
}

}  // namespace taffrail::alert
