#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "alert/notification.hpp"
#include "alert/rule/rule.hpp"
#include "alert/rule/rule_files.hpp"
#include "alert/rule/yaml_tree.hpp"
#include "model/container.hpp"

namespace taffrail::alert {

/// Something that happens in a scenario.
struct ScenarioInput {
  struct Line {
    std::string text;
    std::string level;  ///< empty: the one that the line states
  };
  struct Stop {};
  Time at;
  std::size_t number = 0;  ///< in the order in which they are written
  std::variant<Line, SampleFacts, EventFacts, Stop> what;
};

/// What is told of a rule's group.
struct ScenarioAlert {
  Time at;
  std::string state;  ///< firing, repeated, resolved
  std::optional<std::uint64_t> count{};
  std::optional<std::string> message{};
  std::optional<std::vector<std::string>> group{};
  std::uint32_t line = 0;  ///< where it is expected
};

/// What happens to one container, and what a rule should tell of it: a test of a file of rules.
struct Scenario {
  std::string name;
  std::string rule;
  Time start;
  Time until;
  Container container;
  std::string host;
  std::vector<ScenarioInput> inputs;  ///< by time
  std::vector<ScenarioAlert> alerts;
  std::uint32_t line = 0;
};

/// What a scenario may take: it is written by hand, and run to its end.
inline constexpr std::size_t most_inputs = 100'000;

/// Reads an item of `tests` (docs/alert-rules.md). @param file for the problem
[[nodiscard]] std::expected<Scenario, FileProblem> read_scenario(const YamlNode& node, const std::string& file);

/// What the rule tells when all of that happens: it is evaluated as the server does it, with what follows from time
/// alone told when it is due.
[[nodiscard]] std::vector<ScenarioAlert> play(const Scenario& scenario, const Rule& rule);

/// Compares what was told with what the scenario expects; where that does not say something, anything is right.
[[nodiscard]] std::vector<FileProblem> differences(const Scenario& scenario, const std::vector<ScenarioAlert>& told,
                                                   const std::string& file);

}  // namespace taffrail::alert
