#include "api/stored_lines.hpp"

#include <chrono>
#include <cstdint>
#include <set>
#include <utility>

#include "api/history_routes.hpp"
#include "api/line_filter.hpp"
#include "api/log_parameters.hpp"
#include "api/selection.hpp"
#include "base/turn.hpp"
#include "expr/required.hpp"
#include "expr/search.hpp"
#include "history/history.hpp"

namespace taffrail::api {

using history::LineQuery;

SearchMetrics::SearchMetrics(prometheus::Registry& registry)
    : running(prometheus::BuildGauge()
                  .Name("taffrail_searches")
                  .Help("Searches, countings and queries of stored lines under way.")
                  .Register(registry)
                  .Add({})),
      queries(prometheus::BuildGauge().Name("taffrail_queries").Help("Queries among them.").Register(registry).Add({})),
      seconds(
          prometheus::BuildHistogram()
              .Name("taffrail_search_seconds")
              .Help(
                  "How long searches, countings and queries of stored lines took, without the time that clients took.")
              .Register(registry)
              .Add({}, prometheus::Histogram::BucketBoundaries{0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
                                                               5, 10})) {}

Answer<> check_room(const Services& services, const SearchMetrics& metrics) {
  if (!services.history) return no_history();
  if (metrics.running.Value() >= SearchMetrics::most_searches)
    return refuse(503, "too many searches are running; try again when one of them is over");
  return {};
}

namespace {

/// The bits of a set of levels or streams; all where it is empty.
template <class Value>
std::uint32_t bits_of(const std::set<Value>& values) {
  std::uint32_t bits = 0;
  for (const Value value : values) bits |= 1U << static_cast<unsigned>(value);
  return values.empty() ? LineQuery::all : bits;
}

}  // namespace

Task<Answer<StoredLines>> read_query(Services& services, Exchange& exchange, std::optional<std::string> condition) {
  const Time now = services.pipeline.clock().now();
  auto since = read_time(exchange.target, "since", now);
  if (!since) co_return forward(since);
  auto until = read_time(exchange.target, "until", now);
  if (!until) co_return forward(until);
  co_return co_await read_query_within(services, exchange, std::move(condition), "containers", *since, *until);
}

Task<Answer<StoredLines>> read_query_within(Services& services, Exchange& exchange,
                                            std::optional<std::string> condition, std::string_view containers_name,
                                            std::optional<Time> since, std::optional<Time> until) {
  StoredLines stored;
  LineQuery& query = stored.lines;
  auto levels = read_levels(exchange.target);
  if (!levels) co_return forward(levels);
  auto streams = read_streams(exchange.target);
  if (!streams) co_return forward(streams);
  query.since = since;
  query.until = until;
  query.levels = bits_of(*levels);
  query.streams = bits_of(*streams);
  LineFilters filter_of;
  if (condition) {
    auto filters = expression_filters(*condition, services.registry(), nullptr);
    if (!filters) co_return forward(filters);
    const expr::Required required = expr::required(*condition);
    query.require(required);
    // Where levels and times are all that it asks, nobody needs to ask it.
    if (!required.suffices || !required.all.empty()) filter_of = std::move(*filters);
  }
  auto selection = Selection::read(services, exchange, containers_name);
  if (!selection) co_return forward(selection);
  auto containers = co_await selection->containers_with_removed();
  if (!containers) co_return forward(containers);
  // So that what was written until now is found. A failure is the ingest's own state.
  co_await services.history->settle();
  Turn turn;
  for (const ContainerPtr& container : *containers) {
    co_await yield_if_due(turn);
    const history::StoredLog* log = services.history->catalogue().find(container->id);
    if (!log) continue;
    query.logs.push_back(
        {.log = log->key, .container = container->id, .filter = filter_of ? filter_of(*container) : nullptr});
    stored.containers.push_back(container);
  }
  co_return stored;
}

Answer<bool> read_choice(const Exchange& exchange, std::string_view name, std::string_view yes, std::string_view no,
                         bool otherwise) {
  const auto text = exchange.target.parameter(name);
  if (!text) return otherwise;
  if (*text == yes || *text == no) return *text == yes;
  return refuse(400, std::string(name) + ": '" + std::string(*text) + "' is neither " + std::string(yes) + " nor " +
                         std::string(no));
}

Answer<std::optional<std::string>> read_condition(const Exchange& exchange, std::string_view name, bool box) {
  const auto text = exchange.target.parameter(name);
  if (!text) return std::optional<std::string>();
  if (!box) return std::optional(std::string(*text));
  auto search = expr::read_search(*text, expr::Environment::log());
  if (!search) return refuse_expression(name, search.error());
  if (search->taken == expr::Taken::everything) return std::optional<std::string>();
  return std::optional(std::move(search->expression));
}

Answer<std::size_t> read_within(const Exchange& exchange, std::string_view name, std::size_t least, std::size_t most,
                                std::size_t otherwise) {
  const auto text = exchange.target.parameter(name);
  if (!text) return otherwise;
  auto number = read_number(name, *text);
  if (!number) return forward(number);
  if (*number < least || *number > most)
    return refuse(400, std::string(name) + ": " + std::to_string(*number) + " is not within " + std::to_string(least) +
                           " and " + std::to_string(most));
  return *number;
}

}  // namespace taffrail::api
