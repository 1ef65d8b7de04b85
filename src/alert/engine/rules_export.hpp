#pragma once

#include <filesystem>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "alert/rule/rule.hpp"
#include "base/result.hpp"

namespace taffrail::alert {

/// The rules and destinations of a server as files hold them: destinations are named, and no secret is among them.
struct RulesExport {
  std::vector<RuleSpec> rules;
  std::vector<RuleSpec> broken;           ///< rules that do not compile
  std::vector<std::string> destinations;  ///< JSON, as bodies of the API; a reference stands for each secret
  std::vector<std::string> notes;  ///< what is not as it was: secrets that are to be given, names that were changed
};

/// Reads them from a data directory, also while a server works with it. Blocks. Errors: not_found where there are no
/// alerts, else the store's.
[[nodiscard]] Result<RulesExport> export_rules(const std::filesystem::path& data);

/// `taffrail rules export DATA [--out DIR]`: prints a file of rules, or writes as many as are needed into a directory,
/// over none that is there. What is to be known goes to `err`.
/// @param args what follows `rules`
/// @return the exit status: 0, 1 when something could not be read, written or compiled, 2 when the arguments are wrong
[[nodiscard]] int run_export_command(std::span<const std::string> args, std::ostream& out, std::ostream& err);

}  // namespace taffrail::alert
