#include "alert/rule/command.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <iterator>
#include <map>
#include <ostream>

#include "alert/rule/dozzle_import.hpp"
#include "alert/rule/rule_scenario.hpp"
#include "alert/rule/yaml_tree.hpp"

namespace taffrail::alert {
namespace {

constexpr std::string_view rules_usage =
    "usage: taffrail rules check|test DIR, or taffrail rules export DATA [--out DIR]\n";
constexpr std::string_view import_usage = "usage: taffrail import dozzle DIR [--out DIR]\n";

int check_rules(const std::string& directory, const CheckDestination& check, std::ostream& out, std::ostream& err) {
  const auto found = read_rule_directory(directory, check);
  if (!found) {
    err << found.error().detail << '\n';
    return 1;
  }
  for (const FileProblem& problem : found->problems) out << problem.text() << '\n';
  std::size_t rules = 0;
  std::size_t destinations = 0;
  for (const RuleFile& file : found->files) {
    rules += file.rules.size();
    destinations += file.destinations.size();
  }
  err << fmt::format("{} files are good, with {} rules and {} destinations; {} problems\n", found->files.size(), rules,
                     destinations, found->problems.size());
  return found->problems.empty() ? 0 : 1;
}

/// Plays the tests of the files in a directory of good rules.
int test_rules(const std::string& directory, const CheckDestination& check, std::ostream& out, std::ostream& err) {
  const auto found = read_rule_directory(directory, check);
  if (!found) {
    err << found.error().detail << '\n';
    return 1;
  }
  std::vector<FileProblem> problems = found->problems;
  std::map<std::string_view, const RuleSpec*> rules;
  for (const RuleFile& file : found->files)
    for (const FileRule& rule : file.rules) rules.emplace(rule.spec.name, &rule.spec);
  std::size_t played = 0;
  for (const RuleFile& file : found->files) {
    for (const YamlNode& node : file.tests) {
      ++played;
      const auto scenario = read_scenario(node, file.name);
      if (!scenario) {
        problems.push_back(scenario.error());
        continue;
      }
      const auto spec = rules.find(scenario->rule);
      // It compiled when it was read.
      const auto rule = spec == rules.end() ? nullptr : Rule::check(0, 0, *spec->second).value_or(nullptr);
      if (!rule) {
        problems.push_back(
            {.file = file.name,
             .line = node.line,
             .message = fmt::format("test '{}': there is no rule '{}'", scenario->name, scenario->rule)});
        continue;
      }
      std::ranges::move(differences(*scenario, play(*scenario, *rule), file.name), std::back_inserter(problems));
    }
  }
  for (const FileProblem& problem : problems) out << problem.text() << '\n';
  err << fmt::format("{} tests were played; {} problems\n", played, problems.size());
  return problems.empty() ? 0 : 1;
}

}  // namespace

Result<> write_new_file(const std::filesystem::path& path, const std::string& text) {
  // "x": never over a file that is there.
  std::FILE* file = std::fopen(path.c_str(), "wbx");
  if (file == nullptr) return std::unexpected(system_error("write " + path.string(), errno));
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const int reason = errno;
  if (std::fclose(file) != 0 || !written)
    return std::unexpected(system_error("write " + path.string(), written ? errno : reason));
  return {};
}

int run_rules_command(std::span<const std::string> args, const CheckDestination& check, std::ostream& out,
                      std::ostream& err) {
  if (args.size() == 2 && args[0] == "check") return check_rules(args[1], check, out, err);
  if (args.size() == 2 && args[0] == "test") return test_rules(args[1], check, out, err);
  err << rules_usage;
  return 2;
}

int run_import_command(std::span<const std::string> args, std::ostream& out, std::ostream& err) {
  if ((args.size() != 2 && args.size() != 4) || args[0] != "dozzle" || (args.size() == 4 && args[2] != "--out")) {
    err << import_usage;
    return 2;
  }
  const auto give_up = [&](const Error& error) {
    err << error.detail << '\n';
    return 1;
  };
  const std::filesystem::path file = std::filesystem::path(args[1]) / "notifications.yml";
  const auto text = read_yaml_file(file);
  if (!text) return give_up(text.error());
  const auto import = import_dozzle(*text, file.string());
  if (!import) return give_up(import.error());
  if (args.size() == 4) {
    std::error_code failed;
    std::filesystem::create_directories(args[3], failed);  // what is wrong with it, writing says
    if (const auto written = write_new_file(std::filesystem::path(args[3]) / "dozzle.yaml", to_yaml(*import)); !written)
      return give_up(written.error());
  } else {
    out << to_yaml(*import);
  }
  for (const FileProblem& note : import->notes) err << note.text() << '\n';
  err << fmt::format("{} rules and {} destinations were translated, {} rules were not\n", import->rules.size(),
                     import->destinations.size(), import->broken.size());
  return import->notes.empty() ? 0 : 1;
}

}  // namespace taffrail::alert
