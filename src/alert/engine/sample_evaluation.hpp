#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "alert/engine/rule_meter.hpp"
#include "alert/engine/rule_table.hpp"
#include "alert/rule/moving_sample.hpp"
#include "model/container.hpp"
#include "model/stats.hpp"
#include "model/variables/container_view.hpp"

namespace taffrail::alert {

/// One sample with what the rules may ask of it.
struct AskedSample {
  ContainerRulesPtr rules;  ///< not null
  std::shared_ptr<const ContainerView> view;
  StatSample sample;
  MountUses mounts;            ///< null: not known
  double restarts = 0;         ///< in the last hour
  const Host* host = nullptr;  ///< null: not known
  /// The windows of the container's rules, which it adds to.
  std::map<RuleId, MovingSample>* moving = nullptr;
};

/// What one sample says to a metric rule of its container.
struct SampleVerdict {
  RulePtr rule;
  bool holds = false;
  std::vector<std::string> group;          ///< empty: by container
  std::unique_ptr<SampleFacts> over_time;  ///< where the rule looks at a window
  std::string message;
};
struct SampleVerdicts {
  SampleFacts facts;
  std::vector<SampleVerdict> rules;  ///< those that hold, or that remember something
};

/// Asks the rules about each sample.
/// @param remembering rules to which it matters that their condition does not hold
[[nodiscard]] std::vector<SampleVerdicts> evaluate(const std::vector<AskedSample>& samples,
                                                   const std::unordered_set<RuleId>& remembering, RuleMeter& meter);

}  // namespace taffrail::alert
