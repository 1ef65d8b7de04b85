#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "alert/rule/rule.hpp"
#include "alert/rule/yaml_tree.hpp"
#include "base/result.hpp"

namespace taffrail::alert {

/// What is wrong with a file of rules, and where.
struct FileProblem {
  std::string file;
  std::uint32_t line = 0;  ///< 0: the file as a whole
  std::string message;

  /// "rules/api.yaml:12: 'count.over' must be …"
  [[nodiscard]] std::string text() const;
};

struct FileRule {
  RuleSpec spec;  ///< it compiles; destinations may be named
  std::uint32_t line = 0;
};

struct FileDestination {
  std::string name;
  std::string json;  ///< as a body of the API
  std::uint32_t line = 0;
};

/// One file of rules (docs/alert-rules.md), all of it good.
struct RuleFile {
  std::string name;  ///< as in problems
  std::vector<FileRule> rules;
  std::vector<FileDestination> destinations;
  std::vector<YamlNode> tests;  ///< for read_scenario: not looked at yet
};

/// Says what is wrong with a destination's JSON, whose keys are none of this component's business.
using CheckDestination = std::function<Result<>(std::string_view json)>;

inline constexpr std::size_t most_file_problems = 100;
inline constexpr std::size_t most_rules_in_file = 1000;

/// Reads one file: all of it, or everything that is wrong with it (at most most_file_problems).
[[nodiscard]] std::expected<RuleFile, std::vector<FileProblem>> read_rule_file(std::string_view text,
                                                                               const std::string& name,
                                                                               const CheckDestination& check);

/// What a directory of rules holds: of each file everything or nothing.
struct RuleDirectory {
  std::vector<RuleFile> files;  ///< by name; those with problems are not among them
  std::vector<FileProblem> problems;
};

inline constexpr std::size_t most_rule_files = 1000;

/// Reads DIR/*.yaml and DIR/*.yml, hidden files left out. Names of rules, and of destinations, are unique over all of
/// them: of two files with the same the later one by name is refused. Blocks. Error: the directory cannot be read, or
/// holds more than most_rule_files.
[[nodiscard]] Result<RuleDirectory> read_rule_directory(const std::filesystem::path& directory,
                                                        const CheckDestination& check);

/// The same rules as a file holds them.
/// @param destinations JSON objects, as FileDestination has them
/// @param broken rules that do not compile, which stand in it as comments
[[nodiscard]] std::string rules_to_yaml(std::span<const RuleSpec> rules, std::span<const std::string> destinations,
                                        std::span<const RuleSpec> broken = {});

}  // namespace taffrail::alert
