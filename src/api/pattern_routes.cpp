#include "api/pattern_routes.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <prometheus/gauge.h>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "api/api_metrics.hpp"
#include "api/exchange.hpp"
#include "api/log_parameters.hpp"
#include "api/pattern_json.hpp"
#include "base/race.hpp"
#include "history/history.hpp"
#include "history/metric/metric_history.hpp"
#include "history/pattern/moved_metrics.hpp"
#include "history/pattern/patterns.hpp"

namespace taffrail::api {
namespace {

using history::Patterns;

/// At a time: each may hold 50 MiB where every line is of another form.
constexpr double most_at_a_time = 4;
constexpr std::size_t default_limit = 100;

/// What the handlers share.
struct PatternMetrics {
  SearchMetricsPtr searches;
  prometheus::Gauge& running;
};
using MetricsPtr = std::shared_ptr<PatternMetrics>;

Answer<> check_pattern_room(const Services& services, const PatternMetrics& metrics) {
  if (auto room = check_room(services, *metrics.searches); !room) return room;
  if (metrics.running.Value() >= most_at_a_time)
    return refuse(503, "too many questions about patterns are being answered; try again when one of them is");
  return {};
}

/// Waits for patterns and sends them.
/// @param comparison what they are compared with; null: nothing
Task<Answer<>> answer_with(Services& services, Exchange& exchange, PatternMetrics& metrics, const StoredLines& stored,
                           const Comparison* comparison, Task<Result<Patterns>> finding) {
  const SteadyTime begun = services.pipeline.clock().steady_now();
  auto found = co_await first_of(std::move(finding), exchange.writer.until_stopping());
  if (found.index() == 1) co_return refuse(503, "the server is stopping");
  auto& patterns = std::get<0>(found);
  if (!patterns) co_return refuse(std::move(patterns.error()));
  const Duration took = services.pipeline.clock().steady_now() - begun;
  metrics.searches->took(took);
  std::string body =
      co_await exchange.workers.run([&] { return render_patterns(*patterns, stored, comparison, took); });
  co_return co_await send_json(exchange, std::move(body));
}

Task<Answer<>> show_patterns(Services& services, Exchange& exchange, MetricsPtr metrics) {
  if (auto room = check_pattern_room(services, *metrics); !room) co_return forward(room);
  const ViewerCount searching(metrics->searches->running);
  const ViewerCount running(metrics->running);
  auto limit = read_within(exchange, "limit", 1, history::PatternRequest::max_limit, default_limit);
  if (!limit) co_return forward(limit);
  auto new_since = read_time(exchange.target, "new_since", services.pipeline.clock().now());
  if (!new_since) co_return forward(new_since);
  auto condition = read_condition(exchange, "q", true);
  if (!condition) co_return forward(condition);
  auto stored = co_await read_query(services, exchange, std::move(*condition));
  if (!stored) co_return forward(stored);
  history::PatternRequest request{.query = stored->lines, .new_since = *new_since, .limit = *limit};
  co_return co_await answer_with(
      services, exchange, *metrics, *stored, nullptr,
      history::find_patterns(services.history->store(), services.pipeline.filter_workers(), std::move(request)));
}

/// What is compared where no time is named.
constexpr Duration default_length = std::chrono::hours(1);

/// None where the end is before the beginning; the difference of two ends of time is no Duration.
Duration between(Time since, Time until) {
  Duration::rep length = 0;
  if (__builtin_sub_overflow(until.time_since_epoch().count(), since.time_since_epoch().count(), &length))
    return since < until ? Duration::max() : Duration(0);
  return std::max(Duration(0), Duration(length));
}

/// Where nothing else is said, the base is of the same time where it is of other containers, else of as long a time
/// before.
Answer<ComparedTimes> read_times(const Exchange& exchange, Time now, bool other_containers) {
  ComparedTimes times;
  for (const auto& [name, to] :
       {std::pair("since", &times.since), std::pair("until", &times.until), std::pair("base_since", &times.base_since),
        std::pair("base_until", &times.base_until)}) {
    auto time = read_time(exchange.target, name, now);
    if (!time) return forward(time);
    *to = *time;
  }
  const bool base_is_said = times.base_since || times.base_until;
  if (other_containers) {
    if (!base_is_said) {
      times.base_since = times.since;
      times.base_until = times.until;
    }
    return times;
  }
  if (!times.until) times.until = now;
  if (!times.since) times.since = moved(*times.until, -default_length);
  if (!times.base_until) times.base_until = times.since;
  if (!times.base_since) times.base_since = moved(*times.base_until, -between(*times.since, *times.until));
  return times;
}

std::optional<Duration> length(std::optional<Time> since, std::optional<Time> until) {
  if (!since || !until) return std::nullopt;
  return between(*since, *until);
}

/// The containers with most of the lines first.
std::vector<ContainerPtr> by_lines(const StoredLines& stored, const Patterns& found) {
  std::vector<std::pair<std::uint64_t, std::size_t>> lines(stored.containers.size());
  for (std::size_t log = 0; log < lines.size(); ++log) lines[log].second = log;
  for (const history::Pattern& pattern : found.patterns)
    for (const auto& [log, count] : pattern.logs) lines[log].first += count;
  std::ranges::sort(lines, [](const auto& one, const auto& other) {
    return std::pair(other.first, one.second) < std::pair(one.first, other.second);
  });
  std::vector<ContainerPtr> containers;
  for (const auto& [count, log] : lines) containers.push_back(stored.containers[log]);
  return containers;
}

/// The patterns, and in `comparison` what else was different.
/// @param stored, comparison outlive it
Task<Result<Patterns>> compare_all(Services& services, history::ComparisonRequest request, const StoredLines& stored,
                                   Comparison& comparison, bool other_containers) {
  auto patterns = co_await history::compare_patterns(services.history->store(), services.pipeline.filter_workers(),
                                                     std::move(request));
  const ComparedTimes& times = comparison.times;
  history::MetricHistory* const metrics = services.history->metrics();
  if (!patterns || metrics == nullptr || !times.since || !times.until || !times.base_since || !times.base_until)
    co_return patterns;
  history::MetricComparison wanted{.containers = {},
                                   .base = {},
                                   .since = *times.since,
                                   .until = *times.until,
                                   .base_since = *times.base_since,
                                   .base_until = *times.base_until};
  WorkerPool& workers = services.pipeline.workers();
  co_await workers.run([&] {
    comparison.containers = by_lines(stored, *patterns);
    for (const ContainerPtr& container : comparison.containers) wanted.containers.push_back(container->id);
    if (!other_containers) return;
    wanted.base.emplace();
    for (const ContainerPtr& container : comparison.base.containers) wanted.base->push_back(container->id);
  });
  auto moved = co_await history::compare_metrics(*metrics, workers, std::move(wanted));
  if (!moved) co_return forward(moved);
  comparison.metrics = std::move(*moved);
  co_return patterns;
}

Task<Answer<>> compare(Services& services, Exchange& exchange, MetricsPtr metrics) {
  if (auto room = check_pattern_room(services, *metrics); !room) co_return forward(room);
  const ViewerCount searching(metrics->searches->running);
  const ViewerCount running(metrics->running);
  auto limit = read_within(exchange, "limit", 1, history::PatternRequest::max_limit, default_limit);
  if (!limit) co_return forward(limit);
  const bool other_containers = exchange.target.parameter("base_containers").has_value();
  auto by_time = read_choice(exchange, "by", "time", "share", !other_containers);
  if (!by_time) co_return forward(by_time);
  auto times = read_times(exchange, services.pipeline.clock().now(), other_containers);
  if (!times) co_return forward(times);
  auto condition = read_condition(exchange, "q", true);
  if (!condition) co_return forward(condition);
  auto stored = co_await read_query_within(services, exchange, *condition, "containers", times->since, times->until);
  if (!stored) co_return forward(stored);
  auto base = co_await read_query_within(services, exchange, std::move(*condition),
                                         other_containers ? "base_containers" : "containers", times->base_since,
                                         times->base_until);
  if (!base) co_return forward(base);
  history::ComparisonRequest request{.query = stored->lines, .base = base->lines, .lengths = {}, .limit = *limit};
  const auto lasted = length(times->since, times->until);
  const auto base_lasted = length(times->base_since, times->base_until);
  if (*by_time && lasted && base_lasted) request.lengths = {*lasted, *base_lasted};
  times->by_time = request.lengths.has_value();
  Comparison comparison{.base = *base, .times = *times};
  co_return co_await answer_with(services, exchange, *metrics, *stored, &comparison,
                                 compare_all(services, std::move(request), *stored, comparison, other_containers));
}

}  // namespace

std::vector<Route> pattern_routes(Services& services, const SearchMetricsPtr& metrics) {
  auto shared = std::make_shared<PatternMetrics>(
      metrics, prometheus::BuildGauge()
                   .Name("taffrail_pattern_questions")
                   .Help("Questions about patterns of stored lines that are being answered.")
                   .Register(services.prometheus)
                   .Add({}));
  const auto with = [&](auto handler) {
    return [&services, shared, handler](Exchange& exchange) { return handler(services, exchange, shared); };
  };
  return {{"GET",
           "/api/v1/patterns",
           {"q", "containers", "since", "until", "levels", "streams", "limit", "new_since"},
           with(show_patterns)},
          {"GET",
           "/api/v1/patterns/compare",
           {"q", "containers", "since", "until", "levels", "streams", "limit", "base_containers", "base_since",
            "base_until", "by"},
           with(compare)}};
}

}  // namespace taffrail::api
