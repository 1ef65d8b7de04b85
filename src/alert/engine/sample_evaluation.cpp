#include "alert/engine/sample_evaluation.hpp"

#include <optional>
#include <utility>

#include "alert/sample_facts.hpp"

namespace taffrail::alert {
namespace {

const std::vector<MountUse> no_mounts;

void ask(const AskedSample& asked, const RulePtr& rule, const SampleFacts& facts, const SampleView& now,
         const std::unordered_set<RuleId>& remembering, SampleVerdicts& verdicts) {
  SampleVerdict verdict{.rule = rule, .holds = false, .group = {}, .over_time = nullptr, .message = {}};
  std::optional<SampleView> over_time;
  if (const auto& window = rule->spec().window) {
    MovingSample& moving = asked.moving->try_emplace(rule->id(), *window).first->second;
    verdict.over_time = std::make_unique<SampleFacts>(
        sample_facts(moving.add(asked.sample), *asked.view->container(), asked.host, facts.mounts, asked.restarts));
    over_time.emplace(*verdict.over_time, &asked.view->fields());
  }
  const auto& variables = over_time ? over_time->variables() : now.variables();
  verdict.holds = rule->condition().judge(variables) == expr::Verdict::yes;
  if (!verdict.holds && !remembering.contains(rule->id())) return;
  if (!rule->spec().by.empty()) verdict.group = rule->group_of(variables);
  if (!rule->spec().message.empty()) {
    const std::string detail = summary_of(verdict.over_time ? *verdict.over_time : facts);
    verdict.message = rule->message_about({.type = "metric",
                                           .detail = detail,
                                           .time = asked.sample.time,
                                           .container = &asked.view->fields(),
                                           .metric = &variables});
  }
  verdicts.rules.push_back(std::move(verdict));
}

}  // namespace

std::vector<SampleVerdicts> evaluate(const std::vector<AskedSample>& samples,
                                     const std::unordered_set<RuleId>& remembering, RuleMeter& meter) {
  std::vector<SampleVerdicts> all(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const AskedSample& asked = samples[i];
    all[i].facts = sample_facts(asked.sample, *asked.view->container(), asked.host,
                                asked.mounts ? *asked.mounts : no_mounts, asked.restarts);
    const SampleView now(all[i].facts, &asked.view->fields());
    meter.pass();
    for (const RulePtr& rule : asked.rules->metric) {
      if (!meter.asks(rule->id())) continue;
      ask(asked, rule, all[i].facts, now, remembering, all[i]);
      meter.charge(rule->id());
    }
  }
  return all;
}

}  // namespace taffrail::alert
