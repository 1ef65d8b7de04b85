#include "api/stats_routes.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "api/log_parameters.hpp"
#include "api/selection.hpp"
#include "api/stats_series.hpp"
#include "base/time_format.hpp"
#include "base/turn.hpp"
#include "history/history.hpp"
#include "history/metric/metric_level.hpp"
#include "model/json.hpp"
#include "text/json_writer.hpp"

namespace taffrail::api {
namespace {

using history::MetricSteps;

/// Samples of which one answer is made at most: 140 MB of JSON, and 1.7 s of a worker in pieces of 15 ms. A page asks
/// for some hundred containers.
constexpr std::size_t max_samples = 500'000;
/// Samples that are copied and written at a time: 0.3 MB of samples, 1.2 MB of JSON.
constexpr std::size_t samples_at_once = 4096;
/// Containers whose stored points are read at a time.
constexpr std::size_t series_at_once = 16;
constexpr Duration least_step = std::chrono::seconds(1);

struct Wanted {
  SeriesRange range;
  Duration step{0};     ///< 0: samples as they are
  bool stored = false;  ///< also what is stored
};

Answer<Wanted> read_wanted(const Services& services, const net::RequestTarget& target) {
  const Time now = services.pipeline.clock().now();
  auto since = read_time(target, "since", now);
  if (!since) return forward(since);
  auto until = read_time(target, "until", now);
  if (!until) return forward(until);
  Wanted wanted;
  wanted.range.since = since->value_or(Time::min());
  wanted.range.until = until->value_or(Time::max());
  wanted.stored = since->has_value() && services.history && services.history->metrics();
  if (const auto text = target.parameter("step")) {
    auto step = parse_duration(*text);
    if (!step) return refuse(400, "step: " + step.error().detail);
    if (*step < least_step) return refuse(400, "step: the shortest is 1s; leave it out for samples as they were taken");
    wanted.step = *step;
  } else if (wanted.stored) {
    wanted.step = chosen_step(wanted.range.since, std::min(wanted.range.until, now));
  }
  return wanted;
}

std::unexpected<Problem> refuse_too_many(std::size_t samples, std::size_t containers) {
  return refuse(413, "there are " + std::to_string(samples) + " samples of " + std::to_string(containers) +
                         " containers, and an answer holds at most " + std::to_string(max_samples) +
                         "; choose some with containers=, or a longer step");
}

struct ContainerSeries {
  ContainerPtr container;
  Sampler::Series series;
  std::optional<MetricSteps> stored{};
};

/// One after another, with commas; on a worker.
std::string render(std::vector<ContainerSeries>& all, const Wanted& wanted, bool& first) {
  std::string out;
  for (ContainerSeries& one : all) {
    const auto begin = [&] {
      if (!std::exchange(first, false)) out += ',';
      text::JsonWriter json(out);
      json.begin_object().member("container", one.container->id.str()).member("host", one.container->host.str());
      append_mounts(json, one.series.mounts);
    };
    if (wanted.step == Duration::zero()) {
      const std::vector<StatSample> samples = cut_series(one.series.samples, wanted.range);
      if (samples.empty()) continue;
      begin();
      append_samples(out, samples);
    } else {
      MetricSteps steps = one.stored ? std::move(*one.stored) : MetricSteps(wanted.step);
      add_samples(steps, one.series.samples, wanted.range, wanted.step);
      if (steps.empty()) continue;
      begin();
      out += R"(,"step":)";
      text::append_json_string(out, to_duration_text(wanted.step));
      append_points(out, steps.points(), wanted.step);
    }
    out += '}';
  }
  return out;
}

/// Adds what is stored before what the sampler holds.
Task<Answer<>> add_stored(history::MetricHistory& metrics, std::vector<ContainerSeries>& some, const Wanted& wanted) {
  std::vector<history::MetricRange> ranges;
  for (const ContainerSeries& one : some)
    ranges.push_back(
        {one.container->id, wanted.range.since, std::min(wanted.range.until, seam_of(one.series.samples))});
  auto points = co_await metrics.points(std::move(ranges), wanted.step);
  if (!points) co_return refuse(std::move(points.error()));
  for (std::size_t i = 0; i < some.size(); ++i) some[i].stored.emplace(std::move((*points)[i]));
  co_return Answer<>();
}

/// How many steps of a container an answer has at most: as finely as they are kept at their age, and none from before
/// there was a container.
std::size_t count_steps(const Container& container, const Wanted& wanted, Time now) {
  Time until = std::min(wanted.range.until, now);
  const Time since = std::max({wanted.range.since, container.created.value_or(Time{}), Time{}});
  std::size_t steps = 0;
  for (std::size_t i = 0; i < history::metric_levels.size() && since < until; ++i) {
    const bool last = i + 1 == history::metric_levels.size();
    // Points move on in batches.
    const Time from =
        last ? since : std::max(since, now - history::metric_levels[i + 1].after - history::metric_levels[i + 1].batch);
    if (from >= until) continue;
    steps += static_cast<std::size_t>((until - from) / std::max(wanted.step, history::metric_levels[i].length)) + 1;
    until = from;
  }
  return steps;
}

/// How many samples an answer has at most.
Task<std::size_t> count_samples(const Services& services, const std::vector<ContainerPtr>& containers,
                                const Wanted& wanted) {
  std::size_t total = 0;
  Turn turn;
  for (const ContainerPtr& container : containers) {
    co_await yield_if_due(turn);
    total += services.pipeline.sampler().kept(container->id);
    if (wanted.stored) total += count_steps(*container, wanted, services.pipeline.clock().now());
  }
  co_return total;
}

Task<Answer<>> show_stats(Services& services, Exchange& exchange) {
  auto wanted = read_wanted(services, exchange.target);
  if (!wanted) co_return forward(wanted);
  auto selection = Selection::read(services, exchange, "containers");
  if (!selection) co_return forward(selection);
  Answer<std::vector<ContainerPtr>> containers;
  if (wanted->stored)
    containers = co_await selection->containers_with_removed();
  else
    containers = co_await selection->containers();
  if (!containers) co_return forward(containers);
  const std::size_t total = co_await count_samples(services, *containers, *wanted);
  if (total > max_samples) co_return refuse_too_many(total, containers->size());
  const Sampler& sampler = services.pipeline.sampler();
  JsonStream body(exchange);
  auto added = co_await body.add([] { return std::string(R"({"series":[)"); });
  bool first = true;
  std::vector<ContainerSeries> some;
  Turn turn;
  for (std::size_t i = 0; added && i < containers->size();) {
    some.clear();
    for (std::size_t held = 0; i < containers->size() && held < samples_at_once; ++i) {
      co_await yield_if_due(turn);
      Sampler::Series series = sampler.series((*containers)[i]->id);
      held += series.samples.size() + 1;
      if (wanted->stored && some.size() + 1 >= series_at_once) held = samples_at_once;
      if (wanted->stored || !series.samples.empty()) some.push_back({(*containers)[i], std::move(series)});
    }
    if (some.empty()) continue;
    if (wanted->stored) added = co_await add_stored(*services.history->metrics(), some, *wanted);
    if (added) added = co_await body.add([&] { return render(some, *wanted, first); });
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
