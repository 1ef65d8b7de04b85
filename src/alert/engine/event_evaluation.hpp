#pragma once

#include <memory>
#include <string>
#include <vector>

#include "alert/engine/rule_meter.hpp"
#include "alert/engine/rule_table.hpp"
#include "model/container.hpp"
#include "model/variables/container_view.hpp"

namespace taffrail::alert {

/// One event with what the rules may ask of it.
struct AskedEvent {
  EventPtr event;
  std::shared_ptr<const ContainerView> view;  ///< of no container's: of its host alone
  ContainerRulesPtr rules;                    ///< null: they are found in the table
  bool ends_only = false;                     ///< it begins nothing
};

/// An event rule that an event matches, or whose alert it ends.
struct EventMatch {
  RulePtr rule;
  std::vector<std::string> group;  ///< empty: by container
  bool resolves = false;
  std::string message;
};

/// Asks the rules about each event. @return for each event
[[nodiscard]] std::vector<std::vector<EventMatch>> evaluate(const std::vector<AskedEvent>& events,
                                                            const RuleTable& table, RuleMeter& meter);
/// An event in one line.
[[nodiscard]] std::string detail_of(const ContainerEvent& event);

}  // namespace taffrail::alert
