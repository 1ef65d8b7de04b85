#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "alert/rule/dozzle_import.hpp"
#include "alert/rule/rule_files.hpp"
#include "alert/rule/rule_scenario.hpp"

/// Whatever a file holds is rules that say the same when they are written and read again, or problems with their place;
/// its tests are played to their end.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taffrail;
  using namespace taffrail::alert;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const CheckDestination check = [](std::string_view) { return Result<>(); };
  const auto import = import_dozzle(text, "f.yml");
  if (import && !read_rule_file(to_yaml(*import), "made.yaml", check)) std::abort();
  const auto file = read_rule_file(text, "f.yaml", check);
  if (!file) {
    for (const FileProblem& problem : file.error())
      if (!problem.text().starts_with("f.yaml:") || problem.message.empty()) std::abort();
    if (file.error().empty()) std::abort();
    return 0;
  }
  std::vector<RuleSpec> rules;
  for (const FileRule& rule : file->rules) rules.push_back(rule.spec);
  const auto again = read_rule_file(rules_to_yaml(rules, {}), "again.yaml", check);
  if (!again || again->rules.size() != rules.size()) std::abort();
  for (std::size_t i = 0; i < rules.size(); ++i)
    if (again->rules[i].spec != rules[i]) std::abort();
  for (const YamlNode& node : file->tests) {
    const auto scenario = read_scenario(node, "f.yaml");
    if (!scenario || scenario->inputs.size() > 1000) continue;
    for (const RuleSpec& spec : rules)
      if (const auto rule = Rule::compile(1, 1, spec)) (void)play(*scenario, **rule);
  }
  return 0;
}
