#include "api/stats_routes.hpp"

#include <string>
#include <utility>

#include "api/selection.hpp"
#include "api/stats_series.hpp"
#include "base/time_format.hpp"
#include "model/json.hpp"
#include "text/json_string.hpp"

namespace taffrail::api {
namespace {

struct Range {
  Time since = Time::min();
  Time until = Time::max();
  Duration step{0};
};

Answer<Range> read_range(const net::RequestTarget& target, Time now) {
  Range range;
  for (const auto& [name, bound] : {std::pair("since", &range.since), std::pair("until", &range.until)}) {
    const auto text = target.parameter(name);
    if (!text) continue;
    auto time = parse_time_parameter(*text, now);
    if (!time) return refuse(400, std::string(name) + ": " + time.error().detail);
    *bound = *time;
  }
  if (const auto text = target.parameter("step")) {
    auto step = parse_duration(*text);
    if (!step) return refuse(400, "step: " + step.error().detail);
    range.step = *step;
  }
  return range;
}

Task<Answer<>> show_stats(Services& services, Exchange& exchange) {
  auto range = read_range(exchange.target, services.pipeline.clock().now());
  if (!range) co_return forward(range);
  auto selection = Selection::read(exchange, services.registry(), "containers");
  if (!selection) co_return forward(selection);
  std::string body = R"({"series":[)";
  for (const Container* container : selection->containers()) {
    const auto samples =
        cut_series(services.pipeline.sampler().series(container->id), range->since, range->until, range->step);
    if (samples.empty()) continue;
    if (body.back() != '[') body += ',';
    body += R"({"container":)";
    text::append_json_string(body, container->id.str());
    body += R"(,"samples":[)";
    for (const StatSample& sample : samples) {
      if (body.back() != '[') body += ',';
      append_json(body, sample, nullptr);
    }
    body += "]}";
  }
  body += "]}\n";
  co_return co_await send_json(exchange, std::move(body));
}

}  // namespace

std::vector<Route> stats_routes(Services& services) {
  return {{"GET", "/api/v1/stats", {"containers", "since", "until", "step"}, [&services](Exchange& exchange) {
             return show_stats(services, exchange);
           }}};
}

}  // namespace taffrail::api
