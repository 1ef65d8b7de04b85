#include "api/event_routes.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "api/exchange.hpp"
#include "api/history_routes.hpp"
#include "api/log_parameters.hpp"
#include "api/selection.hpp"
#include "history/history.hpp"
#include "model/json.hpp"
#include "text/json_writer.hpp"

namespace taffrail::api {
namespace {

using history::EventPlace;
using history::StoredEvent;

constexpr std::size_t default_limit = 1000;
constexpr std::size_t max_limit = 10'000;
/// JSON of an event, for the choice where it is made.
constexpr std::size_t bytes_of_event = 300;

Answer<bool> read_descending(const net::RequestTarget& target) {
  const auto text = target.parameter("order");
  if (!text || *text == "asc") return false;
  if (*text == "desc") return true;
  return refuse(400, "order: '" + std::string(*text) + "' is neither asc nor desc");
}

/// Everything but the containers.
Answer<history::EventQuery> read_query(const net::RequestTarget& target, Time now) {
  auto since = read_time(target, "since", now);
  if (!since) return forward(since);
  auto until = read_time(target, "until", now);
  if (!until) return forward(until);
  auto cursor = read_cursor(target, "cursor");
  if (!cursor) return forward(cursor);
  auto descending = read_descending(target);
  if (!descending) return forward(descending);
  history::EventQuery query;
  query.since = since->value_or(Time::min());
  query.until = until->value_or(Time::max());
  if (*cursor) query.cursor = EventPlace{(*cursor)->time, static_cast<std::int64_t>((*cursor)->seq)};
  query.descending = *descending;
  query.limit = default_limit;
  if (const auto text = target.parameter("limit")) {
    auto limit = read_number("limit", *text);
    if (!limit) return forward(limit);
    if (*limit < 1 || *limit > max_limit)
      return refuse(400, "limit: " + std::to_string(*limit) + " is not within 1 and " + std::to_string(max_limit));
    query.limit = *limit;
  }
  return query;
}

std::string render(const std::vector<StoredEvent>& events, bool truncated) {
  std::string out;
  for (const StoredEvent& one : events) {
    append_json(out, one.event);
    out += '\n';
  }
  text::JsonWriter json(out);
  std::optional<std::string> cursor;
  if (!events.empty()) {
    const EventPlace& last = events.back().place;
    cursor = Cursor{static_cast<Seq>(last.id), last.time, {}}.to_string();
  }
  json.begin_object().key("end").begin_object().member("matched", events.size()).member("truncated", truncated);
  json.member("cursor", cursor).end_object().end_object();
  return out + '\n';
}

Task<Answer<>> show_events(Services& services, Exchange& exchange) {
  if (!services.history || !services.history->metrics()) co_return no_history();
  auto query = read_query(exchange.target, services.pipeline.clock().now());
  if (!query) co_return forward(query);
  auto selection = Selection::read(services, exchange, "containers");
  if (!selection) co_return forward(selection);
  if (!selection->is_all()) {
    auto containers = co_await selection->containers_with_removed();
    if (!containers) co_return forward(containers);
    query->containers.emplace();
    for (const ContainerPtr& container : *containers) query->containers->push_back(container->id);
  }
  const std::size_t limit = query->limit++;  // one more, to know whether there are more
  auto events = co_await services.history->metrics()->events(std::move(*query));
  if (!events) co_return refuse(std::move(events.error()));
  const bool truncated = events->size() > limit;
  if (truncated) events->resize(limit);
  const std::string body =
      co_await exchange.workers.run_sized(events->size() * bytes_of_event, [&] { return render(*events, truncated); });
  co_return co_await send_text(exchange, "application/x-ndjson", body);
}

}  // namespace

std::vector<Route> event_routes(Services& services) {
  return {{"GET",
           "/api/v1/events",
           {"containers", "since", "until", "limit", "cursor", "order"},
           [&services](Exchange& exchange) { return show_events(services, exchange); }}};
}

}  // namespace taffrail::api
