#include "api/history_routes.hpp"

#include <string>
#include <utility>

#include "api/exchange.hpp"
#include "base/turn.hpp"
#include "history/history.hpp"
#include "model/json.hpp"
#include "text/json_writer.hpp"

namespace taffrail::api {
namespace {

/// Gaps that are told; there are more only where a disk was full again and again.
constexpr std::size_t most_gaps = 100;

void append_sums(text::JsonWriter& json, const history::BlockSums& sums) {
  json.member("lines", sums.lines).member("bytes", sums.size).member("raw_bytes", sums.raw);
}

Task<Answer<>> show_history(Services& services, Exchange& exchange) {
  if (!services.history) co_return no_history();
  history::History& history = *services.history;
  auto gaps = co_await history.gaps(most_gaps);
  if (!gaps) co_return refuse(std::move(gaps.error()));
  const history::Ingest::State& ingest = history.ingest();
  // Copied at once: the loop below lets others change the catalogue.
  std::vector<history::StoredLog> logs;
  history::BlockSums sums;
  Time from = Time::max();
  Time until = Time::min();
  for (const auto& [id, log] : history.catalogue().logs()) {
    if (!exchange.caller.sees(*log.container)) continue;
    logs.push_back(log);
    sums += log.sums;
    if (!log.first) continue;
    from = std::min(from, log.least);
    until = std::max(until, log.greatest);
  }
  std::string body;
  text::JsonWriter json(body);
  json.begin_object().member("state", !history.ready() ? "starting" : ingest.failing_since ? "failing" : "writing");
  json.member("failing_since", ingest.failing_since)
      .member_or_null("failure", ingest.failing_since ? ingest.failure : "");
  json.member("lost_lines", ingest.lost).member("limit", history.retention().bytes);
  append_sums(json, sums);
  json.member("from", sums.lines > 0 ? std::optional(from) : std::nullopt);
  json.member("until", sums.lines > 0 ? std::optional(until) : std::nullopt);
  json.key("containers").begin_array();
  Turn turn;
  for (const history::StoredLog& log : logs) {
    co_await yield_if_due(turn);
    const Container& container = *log.container;
    json.begin_object().member("container", container.id.str()).member("host", container.host.str());
    json.member("name", container.name);
    append_sums(json, log.sums);
    json.member("from", log.first ? std::optional(log.least) : std::nullopt);
    json.member("until", log.first ? std::optional(log.greatest) : std::nullopt);
    json.member("removed", log.removed).end_object();
  }
  json.end_array().key("gaps").begin_array();
  for (const Gap& gap : *gaps) {
    if (!exchange.caller.find(services.registry(), gap.container) && !services.registry().find_removed(gap.container))
      continue;
    append_json(json.next(), gap);
  }
  json.end_array().end_object();
  body += '\n';
  co_return co_await send_json(exchange, std::move(body));
}

Task<Answer<>> forget_history(Services& services, Exchange& exchange) {
  if (!services.history) co_return no_history();
  auto container = exchange.caller.resolve(services.registry(), exchange.captures.front());
  if (!container) co_return forward(container);
  auto done = co_await services.history->forget((*container)->id);
  if (!done) co_return refuse(std::move(done.error()));
  co_return co_await send_nothing(exchange);
}

}  // namespace

std::unexpected<Problem> no_history() { return refuse(404, "this server stores no logs; start it with --history on"); }

std::vector<Route> history_routes(Services& services) {
  const auto with = [&services](auto handler) {
    return [&services, handler](Exchange& exchange) { return handler(services, exchange); };
  };
  return {{"GET", "/api/v1/history", {}, with(show_history)},
          {"DELETE", "/api/v1/containers/{id}/history", {}, with(forget_history)}};
}

}  // namespace taffrail::api
