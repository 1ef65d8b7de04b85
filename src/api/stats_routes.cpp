#include "api/stats_routes.hpp"

#include <string>
#include <utility>

#include "api/selection.hpp"
#include "api/stats_series.hpp"
#include "base/time_format.hpp"
#include "base/turn.hpp"
#include "model/json.hpp"
#include "text/json_writer.hpp"

namespace taffrail::api {
namespace {

/// Samples of which one answer is made at most: 140 MB of JSON, and 1.7 s of a worker in pieces of 15 ms. A page asks
/// for some hundred containers.
constexpr std::size_t max_samples = 500'000;
/// Samples that are copied and written at a time: 0.3 MB of samples, 1.2 MB of JSON.
constexpr std::size_t samples_at_once = 4096;

Answer<SeriesRange> read_range(const net::RequestTarget& target, Time now) {
  SeriesRange range;
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

struct ContainerSeries {
  ContainerPtr container;
  Sampler::Series series;
};

/// One after another, with commas; on a worker.
std::string render(const std::vector<ContainerSeries>& all, const SeriesRange& range, bool& first) {
  std::string out;
  for (const ContainerSeries& one : all) {
    const std::vector<StatSample> samples = cut_series(one.series.samples, range);
    if (samples.empty()) continue;
    if (!std::exchange(first, false)) out += ',';
    text::JsonWriter json(out);
    json.begin_object().member("container", one.container->id.str()).member("host", one.container->host.str());
    append_mounts(json, one.series.mounts);
    append_samples(out, samples);
    out += '}';
  }
  return out;
}

Task<Answer<>> show_stats(Services& services, Exchange& exchange) {
  auto range = read_range(exchange.target, services.pipeline.clock().now());
  if (!range) co_return forward(range);
  auto selection = Selection::read(services, exchange, "containers");
  if (!selection) co_return forward(selection);
  auto containers = co_await selection->containers();
  if (!containers) co_return forward(containers);
  const Sampler& sampler = services.pipeline.sampler();
  std::size_t total = 0;
  Turn turn;
  for (const ContainerPtr& container : *containers) {
    co_await yield_if_due(turn);
    total += sampler.kept(container->id);
  }
  if (total > max_samples)
    co_return refuse(413, "there are " + std::to_string(total) + " samples of " + std::to_string(containers->size()) +
                              " containers, and an answer holds at most " + std::to_string(max_samples) +
                              "; choose some with containers=");
  JsonStream body(exchange);
  auto added = co_await body.add([] { return std::string(R"({"series":[)"); });
  bool first = true;
  std::vector<ContainerSeries> some;
  for (std::size_t i = 0; added && i < containers->size();) {
    some.clear();
    for (std::size_t held = 0; i < containers->size() && held < samples_at_once; ++i) {
      co_await yield_if_due(turn);
      Sampler::Series series = sampler.series((*containers)[i]->id);
      held += series.samples.size() + 1;
      if (!series.samples.empty()) some.push_back({(*containers)[i], std::move(series)});
    }
    if (!some.empty()) added = co_await body.add([&] { return render(some, *range, first); });
  }
  if (added) added = co_await body.add([] { return std::string("]}\n"); });
  if (!added) co_return forward(added);
  co_return co_await body.finish();
}

}  // namespace

std::vector<Route> stats_routes(Services& services) {
  return {{"GET", "/api/v1/stats", {"containers", "since", "until", "step"}, [&services](Exchange& exchange) {
             return show_stats(services, exchange);
           }}};
}

}  // namespace taffrail::api
