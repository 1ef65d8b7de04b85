#include "app/alert_metrics.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace taffrail {
namespace {

using Labels = std::vector<prometheus::ClientMetric::Label>;

prometheus::MetricFamily family(std::string name, std::string help, prometheus::MetricType type) {
  return {std::move(name), std::move(help), type, {}};
}

void add(prometheus::MetricFamily& to, double value, Labels labels = {}) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  if (to.type == prometheus::MetricType::Counter)
    metric.counter.value = value;
  else
    metric.gauge.value = value;
  to.metric.push_back(std::move(metric));
}

}  // namespace

std::vector<prometheus::MetricFamily> AlertMetrics::Collect() const {
  using prometheus::MetricType;
  const alert::Watch::Counters& watched = alerts_.watch().counters();
  auto matches = family("taffrail_rule_matches_total", "Matches of rules.", MetricType::Counter);
  add(matches, static_cast<double>(watched.matches));
  auto failures = family("taffrail_rule_failures_total", "Lines that rules could not deal with.", MetricType::Counter);
  add(failures, static_cast<double>(watched.failures));
  auto sent = family("taffrail_notifications_total", "Attempts at deliveries, by their results.", MetricType::Counter);
  auto depth = family("taffrail_outbox_depth", "Deliveries that wait.", MetricType::Gauge);
  for (const alert::Destination* destination : alerts_.destinations()) {
    const alert::Outbox::Health health = alerts_.health(destination->id);
    const auto count = [&](std::string_view result, std::uint64_t value) {
      add(sent, static_cast<double>(value), {{"destination", destination->name}, {"result", std::string(result)}});
    };
    count("delivered", health.counters.delivered);
    count("failed", health.counters.failed);
    count("refused", health.counters.refused);
    count("dead", health.counters.dead);
    add(depth, static_cast<double>(health.pending), {{"destination", destination->name}});
  }
  auto lines = family("taffrail_alert_lines_total", "Lines that rules were asked about.", MetricType::Counter);
  add(lines, static_cast<double>(watched.lines));
  auto evaluations =
      family("taffrail_alert_evaluations_total", "Conditions that were evaluated over lines.", MetricType::Counter);
  add(evaluations, static_cast<double>(watched.evaluations));
  auto lost =
      family("taffrail_alert_lost_total", "Events and samples that rules were not asked about.", MetricType::Counter);
  add(lost, static_cast<double>(watched.lost_events), {{"what", "events"}});
  add(lost, static_cast<double>(watched.lost_samples), {{"what", "samples"}});
  const alert::RuleBudgets& budgets = alerts_.watch().budgets();
  auto throttled =
      family("taffrail_rules_throttled", "Rules that are set aside because they are too dear.", MetricType::Gauge);
  add(throttled, budgets.throttled() ? static_cast<double>(budgets.throttled()->size()) : 0);
  auto unlooked = family("taffrail_rule_unlooked_lines_total",
                         "Lines, samples and events that rules were not asked about because they were set aside.",
                         MetricType::Counter);
  add(unlooked, static_cast<double>(budgets.unlooked()));
  auto groups = family("taffrail_alert_groups", "Groups that rules remember.", MetricType::Gauge);
  add(groups, static_cast<double>(alerts_.book().groups()));
  auto evicted = family("taffrail_alert_groups_evicted_total", "Groups forgotten because there were too many.",
                        MetricType::Counter);
  add(evicted, static_cast<double>(alerts_.book().evicted()));
  auto active = family("taffrail_alerts_active", "Alerts that are not over.", MetricType::Gauge);
  add(active, static_cast<double>(alerts_.book().active_alerts()));
  return {std::move(matches),  std::move(failures),    std::move(sent),    std::move(depth),
          std::move(lines),    std::move(evaluations), std::move(lost),    std::move(throttled),
          std::move(unlooked), std::move(groups),      std::move(evicted), std::move(active)};
}

}  // namespace taffrail
