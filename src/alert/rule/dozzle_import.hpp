#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "alert/rule/rule.hpp"
#include "alert/rule/rule_files.hpp"
#include "base/result.hpp"

namespace taffrail::alert {

/// What became of a `notifications.yml` of Dozzle.
struct DozzleImport {
  std::vector<RuleSpec> rules;            ///< they compile; their destinations are named
  std::vector<RuleSpec> broken;           ///< rules that do not compile here
  std::vector<std::string> destinations;  ///< JSON, as bodies of the API
  std::vector<FileProblem> notes;         ///< what could not be translated, and where it stands
};

/// Translates Dozzle's rules and destinations (its version of August 2026, reference notes 1.1 to 1.8). One that cannot
/// be translated takes no other with it. Templates stay as they are where the template language reads them. Error:
/// invalid_argument for a text that is no such file at all.
/// @param name of the file, for the notes
[[nodiscard]] Result<DozzleImport> import_dozzle(std::string_view yaml, const std::string& name);

/// The file of rules that it makes. Broken rules stand in it as comments.
[[nodiscard]] std::string to_yaml(const DozzleImport& import);

}  // namespace taffrail::alert
