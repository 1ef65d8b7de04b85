#include <algorithm>
#include <utility>

#include "alert/engine/sample_evaluation.hpp"
#include "alert/engine/watch.hpp"
#include "alert/sample_facts.hpp"
#include "base/turn.hpp"

// Samples of the containers that have metric rules.

namespace taffrail::alert {

using namespace std::chrono_literals;

void Watch::on_sample(const Sampler::Sampled& sampled) {
  const auto at = watched_.find(sampled.container->id);
  if (at == watched_.end() || !at->second->rules || at->second->rules->metric.empty()) return;
  if (samples_.size() >= most_waiting) {
    ++counters_.lost_samples;
    return;
  }
  samples_.push_back({at->second, sampled.sample.unpack(), sampled.mounts});
}

Task<> Watch::look_at_samples() {
  for (;;) {
    while (samples_.empty()) co_await round_.wait();
    const std::vector<Sample> samples = std::exchange(samples_, {});
    std::map<HostId, Host> hosts;
    for (const auto& [id, host] : pipeline_.registry().hosts()) hosts.emplace(id, host);
    std::vector<AskedSample> asked;
    asked.reserve(samples.size());
    for (const Sample& sample : samples) {
      std::deque<Time>& times = sample.of->restarts;
      while (!times.empty() && times.front() < clock_.now() - 1h) times.pop_front();
      const auto host = hosts.find(sample.of->container->host);
      asked.push_back({.rules = sample.of->rules,
                       .view = sample.of->view,
                       .sample = sample.sample,
                       .mounts = sample.mounts,
                       .restarts = static_cast<double>(times.size()),
                       .host = host == hosts.end() ? nullptr : &host->second,
                       .moving = &sample.of->moving});
    }
    // What does not hold is nothing to a rule that remembers nothing, and that is most of it.
    const std::unordered_set<RuleId> remembering = book_.remembering();
    const std::shared_ptr<const std::set<RuleId>> off = budgets_.throttled();
    std::vector<SampleVerdicts> verdicts;
    const RuleMeter meter = co_await workers_.run([&] {
      RuleMeter used(off);
      verdicts = evaluate(asked, remembering, used);
      return used;
    });
    note_costs(meter);
    Turn turn;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      for (SampleVerdict& verdict : verdicts[i].rules)
        apply(asked[i], samples[i].of->since, verdicts[i].facts, std::move(verdict));
      if (turn.due()) co_await next_turn(turn);
    }
    changed_();
  }
}

void Watch::apply(const AskedSample& asked, Time watched_since, const SampleFacts& now, SampleVerdict&& verdict) {
  const Rule& rule = *verdict.rule;
  const ContainerPtr& container = asked.view->container();
  AlertBook::GroupKey key = AlertBook::key_of(std::move(verdict.group), container->id);
  if (!verdict.holds && !book_.knows(rule.id(), key.name)) return;
  const Time at = happened(asked.sample.time, clock_.now(), true);
  if (!rule.is_on_duty(at)) return;
  if (verdict.holds) ++counters_.matches;
  const Subject subject{container, asked.view->host_name(), watched_since};
  book_.take_sample(rule, std::move(key), subject, at, verdict.holds, [&] {
    const SampleFacts& facts = verdict.over_time ? *verdict.over_time : now;
    Trigger trigger;
    trigger.detail = summary_of(facts);
    trigger.message = std::move(verdict.message);
    trigger.facts = facts;
    return trigger;
  });
}

}  // namespace taffrail::alert
