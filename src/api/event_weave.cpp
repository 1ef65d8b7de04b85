#include "api/event_weave.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "history/history.hpp"
#include "history/metric/metric_history.hpp"
#include "text/json_writer.hpp"

namespace taffrail::api {
namespace {

/// Events that are read at once.
constexpr std::size_t page = 500;

Time behind(Time time) { return time == Time::max() ? time : time + Duration(1); }

}  // namespace

EventWeave::EventWeave(Services& services, const LogRequest& request)
    : services_(services),
      from_first_line_(request.tail && !request.cursor),
      ends_at_newest_(request.tail.has_value()) {
  query_.containers = request.containers;
  query_.descending = request.descending;
  query_.limit = page;
  query_.since = request.since.value_or(Time::min());
  query_.until = request.until.value_or(Time::max());
  // An event of the same time as a line stands before it.
  if (const auto& lower = request.lower()) query_.since = std::max(query_.since, behind(lower->time));
  if (const auto& upper = request.upper()) query_.until = std::min(query_.until, behind(upper->time));
}

bool EventWeave::comes_before(const ContainerEvent& event, const Record& line) const {
  return query_.descending ? event.time > line.place_time : event.time <= line.place_time;
}

Task<Result<>> EventWeave::load() {
  if (!loaded_.empty() || all_loaded_) co_return Result<>();
  auto events = co_await services_.history->metrics()->events(query_);
  if (!events) co_return forward(events);
  all_loaded_ = events->size() < page;
  if (!events->empty()) query_.cursor = events->back().place;
  loaded_.assign(std::make_move_iterator(events->begin()), std::make_move_iterator(events->end()));
  co_return Result<>();
}

Task<Result<>> EventWeave::add(NdjsonOutput& out, const LogLines& lines) {
  const auto& records = lines.batch->batch().records;
  if (std::exchange(from_first_line_, false))
    query_.since = std::max(query_.since, behind(records[lines.descending ? lines.last - 1 : lines.first].place_time));
  LogLines left = lines;
  while (left.size() > 0) {
    auto loaded = co_await load();
    if (!loaded) co_return loaded;
    if (loaded_.empty()) break;
    const ContainerEvent& event = loaded_.front().event;
    // Up to the line that it stands before.
    LogLines before = left;
    if (left.descending) {
      while (left.last > left.first && !comes_before(event, records[left.last - 1])) --left.last;
      before.first = left.last;
    } else {
      while (left.first < left.last && !comes_before(event, records[left.first])) ++left.first;
      before.last = left.first;
    }
    if (before.size() > 0) out.add(before);
    if (left.size() == 0) co_return Result<>();
    give(out, event);
    loaded_.pop_front();
  }
  if (left.size() > 0) out.add(left);
  co_return Result<>();
}

Task<Result<>> EventWeave::rest(NdjsonOutput& out) {
  for (;;) {
    auto loaded = co_await load();
    if (!loaded || loaded_.empty()) co_return loaded;
    for (const history::StoredEvent& stored : loaded_) give(out, stored.event);
    loaded_.clear();
  }
}

Task<Result<>> EventWeave::catch_up(NdjsonOutput& out) {
  Result<> done;
  // Of a tail without any line nothing is known to stand behind.
  if (!from_first_line_) done = co_await rest(out);
  caught_up_ = true;
  co_return done;
}

void EventWeave::add_live(NdjsonOutput& out, const ContainerEvent& event) {
  const bool given = std::ranges::any_of(last_given_, [&](const Given& one) {
    return one.time == event.time && one.container == event.container && one.action == event.action;
  });
  if (!given) write(out, event);
}

Task<Result<>> EventWeave::end(NdjsonOutput& out, bool truncated) {
  if (caught_up_ || from_first_line_ || (truncated && !ends_at_newest_)) co_return Result<>();
  auto done = co_await rest(out);
  co_return done;
}

void EventWeave::give(NdjsonOutput& out, const ContainerEvent& event) {
  write(out, event);
  last_given_.push_back({event.time, event.container, event.action});
  if (last_given_.size() > LogEvents::most) last_given_.pop_front();
}

void EventWeave::write(NdjsonOutput& out, const ContainerEvent& event) {
  std::string text = event.action;
  for (const auto& [name, value] : event.attributes) text += ' ' + name + '=' + value;
  std::string line;
  text::JsonWriter json(line);
  json.begin_object().member("container", event.container.str()).member("time", event.time).member("kind", "event");
  json.member("action", event.action).member("attributes", event.attributes).member("text", text).end_object();
  out.add(line + '\n');
}

}  // namespace taffrail::api
