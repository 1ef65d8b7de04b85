#include "history/pattern/moved_metrics.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <string_view>
#include <unordered_map>

#include "history/pattern/surprise.hpp"

namespace taffrail::history {
namespace {

constexpr std::size_t most_moved = 10;
/// With fewer points a mean is one moment.
constexpr std::uint64_t least_points = 3;
/// Standard errors of the difference of two means.
constexpr double least_surprise = 5;
/// Of numbers of events: above it by chance once in twenty times. What was never there before, or is no more, counts
/// whatever it says.
constexpr double least_of_events = 3.84;
/// Of the greater mean.
constexpr double least_change = 0.2;
/// A range that is read is cut into so many steps, of ten seconds and more.
constexpr double steps_of_range = 60;

/// A change that is smaller is nobody's matter: idle containers have such.
double least_change_of(std::string_view unit) {
  if (unit == "bytes") return 1 << 20;
  if (unit == "bytes/s") return 1 << 10;
  if (unit == "cores" || unit == "ratio") return 0.01;
  return 1;
}

Spread spread_of(const std::vector<MetricPoint>& points, std::size_t metric) {
  Spread spread;
  for (const MetricPoint& point : points)
    if (point.values[metric].given()) spread.add(static_cast<double>(point.values[metric].mean));
  return spread;
}

/// The first ten, by how surprising they are.
template <class Moved>
void keep_most(std::vector<Moved>& moved) {
  const std::size_t kept = std::min(most_moved, moved.size());
  std::ranges::partial_sort(moved, moved.begin() + static_cast<std::ptrdiff_t>(kept), {},
                            [](const Moved& one) { return -std::abs(one.surprise); });
  moved.resize(kept);
}

using CountsOfEvents = std::map<std::pair<std::optional<std::size_t>, std::string>, std::uint64_t>;

}  // namespace

std::vector<MovedMetric> moved_metrics(std::span<const ComparedPoints> compared) {
  std::vector<MovedMetric> moved;
  for (const ComparedPoints& one : compared) {
    for (std::size_t metric = 0; metric < all_metrics.size(); ++metric) {
      // Limits are set, and totals grow.
      if (all_metrics[metric].kind == MetricKind::newest) continue;
      const Spread now = spread_of(one.points, metric);
      const Spread before = spread_of(one.base, metric);
      if (now.count() < least_points || before.count() < least_points) continue;
      const double change = std::abs(now.mean() - before.mean());
      if (change < least_change * std::max(now.mean(), before.mean()) ||
          change < least_change_of(all_metrics[metric].unit))
        continue;
      const double surprise = surprise_of_means(now, before);
      if (std::abs(surprise) < least_surprise) continue;
      moved.push_back({.container = one.container,
                       .metric = metric,
                       .surprise = surprise,
                       .mean = now.mean(),
                       .base_mean = before.mean()});
    }
  }
  keep_most(moved);
  return moved;
}

namespace {

std::vector<MetricRange> ranges_of(std::span<const ContainerId> containers, Time since, Time until) {
  std::vector<MetricRange> ranges;
  for (const ContainerId& id : containers.first(std::min(containers.size(), MetricComparison::max_containers)))
    ranges.push_back({id, since, until});
  return ranges;
}

/// The difference of two ends of time is no Duration.
double seconds(Time since, Time until) {
  const auto of = [](Time time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); };
  return std::max(0.0, of(until) - of(since));
}

Duration step_for(double length) {
  const double finest = std::chrono::duration<double>(finest_step).count();
  return finest_step * std::max<std::int64_t>(1, static_cast<std::int64_t>(length / steps_of_range / finest));
}

/// Each container's points with its own, or all with all.
std::vector<ComparedPoints> pair_up(const std::vector<MetricSteps>& now, const std::vector<MetricSteps>& before,
                                    bool together) {
  std::vector<ComparedPoints> pairs;
  if (!together) {
    for (std::size_t i = 0; i < now.size(); ++i)
      pairs.push_back({.container = i, .points = now[i].points(), .base = before[i].points()});
    return pairs;
  }
  ComparedPoints& all = pairs.emplace_back();
  for (const MetricSteps& steps : now) std::ranges::copy(steps.points(), std::back_inserter(all.points));
  for (const MetricSteps& steps : before) std::ranges::copy(steps.points(), std::back_inserter(all.base));
  return pairs;
}

EventQuery query_of(const std::vector<ContainerId>& containers, Time since, Time until) {
  return {.containers = containers,
          .since = since,
          .until = until,
          .descending = true,
          .limit = MetricComparison::max_events};
}

CountsOfEvents count(const std::vector<StoredEvent>& events, const std::vector<ContainerId>& containers,
                     bool together) {
  std::unordered_map<ContainerId, std::size_t> places;
  for (std::size_t i = 0; i < containers.size(); ++i) places.emplace(containers[i], i);
  CountsOfEvents counts;
  for (const StoredEvent& stored : events) {
    const auto place = together ? std::nullopt : std::optional(places.at(stored.event.container));
    ++counts[{place, stored.event.action}];
  }
  return counts;
}

std::vector<MovedEvent> moved_events(const CountsOfEvents& now, double exposure, const CountsOfEvents& before,
                                     double base_exposure) {
  std::map<std::pair<std::optional<std::size_t>, std::string>, std::pair<std::uint64_t, std::uint64_t>> both;
  for (const auto& [kind, count] : now) both[kind].first = count;
  for (const auto& [kind, count] : before) both[kind].second = count;
  std::vector<MovedEvent> moved;
  for (const auto& [kind, counts] : both) {
    const auto [count, base_count] = counts;
    MovedEvent one{.container = kind.first, .action = kind.second, .count = count, .base_count = base_count};
    one.surprise = surprise_of_rates(count, exposure, base_count, base_exposure);
    if (static_cast<double>(count) * base_exposure < static_cast<double>(base_count) * exposure)
      one.surprise = -one.surprise;
    const bool other = count == 0 || base_count == 0 || std::abs(one.surprise) > least_of_events;
    if (other && one.surprise != 0) moved.push_back(std::move(one));
  }
  keep_most(moved);
  return moved;
}

}  // namespace

Task<Result<MovedMetrics>> compare_metrics(MetricHistory& metrics, WorkerPool& workers, MetricComparison comparison) {
  const bool together = comparison.base.has_value();
  const std::vector<ContainerId>& base = together ? *comparison.base : comparison.containers;
  const double length = seconds(comparison.since, comparison.until);
  const double base_length = seconds(comparison.base_since, comparison.base_until);
  const Duration step = step_for(std::min(length, base_length));
  auto now = co_await metrics.points(ranges_of(comparison.containers, comparison.since, comparison.until), step);
  if (!now) co_return forward(now);
  auto before = co_await metrics.points(ranges_of(base, comparison.base_since, comparison.base_until), step);
  if (!before) co_return forward(before);
  auto events = co_await metrics.events(query_of(comparison.containers, comparison.since, comparison.until));
  if (!events) co_return forward(events);
  auto base_events = co_await metrics.events(query_of(base, comparison.base_since, comparison.base_until));
  if (!base_events) co_return forward(base_events);
  co_return co_await workers.run([&] {
    const double exposure = length * static_cast<double>(comparison.containers.size());
    const double base_exposure = base_length * static_cast<double>(base.size());
    return MovedMetrics{.metrics = moved_metrics(pair_up(*now, *before, together)),
                        .events = moved_events(count(*events, comparison.containers, together), exposure,
                                               count(*base_events, base, together), base_exposure)};
  });
}

}  // namespace taffrail::history
