#include "alert/engine/rule_table.hpp"

#include <map>
#include <utility>

#include "expr/container_variables.hpp"
#include "expr/value.hpp"
#include "model/variables/container_view.hpp"

namespace taffrail::alert {

std::vector<std::vector<std::uint32_t>> RuleTable::judge(const std::vector<Asked>& containers) const {
  std::vector<std::vector<std::uint32_t>> verdicts(containers.size());
  for (std::size_t i = 0; i < containers.size(); ++i) {
    const expr::StringMapSource labels(containers[i].container->labels);
    const expr::ContainerFields fields = fields_of(*containers[i].container, containers[i].host_name, labels);
    const expr::ContainerVariables variables(fields);
    for (std::uint32_t rule = 0; rule < rules_.size(); ++rule)
      if (rules_[rule]->containers().judge(variables) == expr::Verdict::yes) verdicts[i].push_back(rule);
  }
  return verdicts;
}

ContainerRulesPtr RuleTable::find(const std::vector<std::uint32_t>& indices) const {
  const auto at = built_.find(indices);
  return at == built_.end() ? nullptr : at->second.lock();
}

Result<ContainerRulesPtr> RuleTable::build(const std::vector<std::uint32_t>& indices) const {
  auto made = std::make_shared<ContainerRules>();
  std::vector<RulePtr> log;
  for (const std::uint32_t index : indices) {
    const RulePtr& rule = rules_[index];
    switch (rule->spec().type) {
      case RuleType::log: log.push_back(rule); break;
      case RuleType::metric: made->metric.push_back(rule); break;
      case RuleType::event: made->event.push_back(rule); break;
    }
  }
  if (!log.empty()) {
    auto built = LogRules::build(std::move(log));
    if (!built) return forward(built);
    made->log = std::move(*built);
  }
  return made;
}

void RuleTable::keep(const std::vector<std::uint32_t>& indices, const ContainerRulesPtr& rules) const {
  std::erase_if(built_, [](const auto& entry) { return entry.second.expired(); });
  built_[indices] = rules;
}

}  // namespace taffrail::alert
