#include "alert/engine/event_evaluation.hpp"

#include <fmt/format.h>
#include <map>
#include <utility>

#include "expr/event_variables.hpp"

namespace taffrail::alert {
namespace {

/// Of an event of no container, or of one that was gone before it was judged.
std::vector<RulePtr> rules_for(const RuleTable& table, const ContainerView& view) {
  const RuleTable::Asked asked{view.container(), view.host_name()};
  std::vector<RulePtr> rules;
  const auto verdicts = table.judge({asked});
  for (const std::uint32_t index : verdicts.front())
    if (table.rules()[index]->spec().type == RuleType::event) rules.push_back(table.rules()[index]);
  return rules;
}

void ask(const AskedEvent& asked, const RulePtr& rule, const expr::EventVariables& variables,
         std::vector<EventMatch>& matches) {
  const bool is_match = !asked.ends_only && rule->condition().judge(variables) == expr::Verdict::yes;
  const bool resolves = rule->resolve_when() && rule->resolve_when()->judge(variables) == expr::Verdict::yes;
  if (!is_match && !resolves) return;
  EventMatch match{.rule = rule, .group = {}, .resolves = !is_match, .message = {}};
  if (!rule->spec().by.empty()) match.group = rule->group_of(variables);
  if (is_match) {
    const std::string detail = detail_of(*asked.event);
    match.message = rule->message_about({.type = "event",
                                         .detail = detail,
                                         .time = asked.event->time,
                                         .container = &asked.view->fields(),
                                         .event = &variables});
  }
  matches.push_back(std::move(match));
}

}  // namespace

std::vector<std::vector<EventMatch>> evaluate(const std::vector<AskedEvent>& events, const RuleTable& table,
                                              RuleMeter& meter) {
  std::vector<std::vector<EventMatch>> all(events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    const AskedEvent& asked = events[i];
    std::map<std::string, std::string> attributes = asked.event->attributes;
    if (const auto health = attributes.find("health"); health != attributes.end())
      attributes.emplace("healthStatus", health->second);  // as the reference calls it
    const expr::StringMapSource source(attributes);
    const expr::ContainerFields& container = asked.view->fields();
    const expr::EventFields fields{.name = asked.event->action,
                                   .actor_id = container.id,
                                   .time = asked.event->time,
                                   .attributes = &source,
                                   .container = &container};
    const expr::EventVariables variables(fields);
    const std::vector<RulePtr> found = asked.rules ? std::vector<RulePtr>() : rules_for(table, *asked.view);
    meter.pass();
    for (const RulePtr& rule : asked.rules ? asked.rules->event : found) {
      if (!meter.asks(rule->id())) continue;
      ask(asked, rule, variables, all[i]);
      meter.charge(rule->id());
    }
  }
  return all;
}

std::string detail_of(const ContainerEvent& event) {
  const auto code = event.attributes.find("exitCode");
  if (event.action == "die" && code != event.attributes.end())
    return "container event: die (exit code " + code->second + ")";
  const auto health = event.attributes.find("health");
  if (event.action == "health_status" && health != event.attributes.end())
    return "container event: health_status: " + health->second;
  if (event.container.str().empty()) {
    std::string detail = event.action;
    for (const auto& [key, value] : event.attributes) detail += fmt::format(", {} {}", key, value);
    return detail;
  }
  return "container event: " + event.action;
}

}  // namespace taffrail::alert
