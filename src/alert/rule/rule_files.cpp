#include "alert/rule/rule_files.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <iterator>
#include <map>
#include <set>

namespace taffrail::alert {
namespace {

using Lines = std::map<std::string, std::uint32_t, std::less<>>;
using Kind = YamlNode::Kind;

constexpr std::string_view text_keys[] = {"name",    "log",     "metric",  "event",   "containers",
                                          "resolve", "message", "runbook", "severity"};

bool rule_holds_text(std::string_view path) {
  return std::ranges::find(text_keys, path) != std::end(text_keys) || path.starts_with("labels.") ||
         path.starts_with("by[");
}

bool destination_holds_text(std::string_view path) { return path == "name" || path.starts_with("headers."); }

/// The line of a key, or of the nearest thing around it that there is.
std::uint32_t line_of(const Lines& lines, std::string_view path) {
  for (;;) {
    if (const auto at = lines.find(path); at != lines.end()) return at->second;
    const std::size_t cut = path.find_last_of(".[");
    if (path.empty()) return 0;
    path = path.substr(0, cut == std::string_view::npos ? 0 : cut);
  }
}

/// Reads a file and gathers what is wrong.
class FileReader {
 public:
  FileReader(std::string name, const CheckDestination& check) : check_(check) { file_.name = std::move(name); }

  std::expected<RuleFile, std::vector<FileProblem>> read(std::string_view text) {
    auto documents = read_yaml(text);
    if (!documents) {
      problem(documents.error().line, documents.error().message);
      return std::unexpected(std::move(problems_));
    }
    for (const YamlNode& document : *documents) read_document(document);
    if (file_.rules.size() > most_rules_in_file)
      problem(0, fmt::format("holds more than {} rules", most_rules_in_file));
    if (!problems_.empty()) return std::unexpected(std::move(problems_));
    return std::move(file_);
  }

 private:
  void problem(std::uint32_t line, std::string message) {
    if (problems_.size() < most_file_problems)
      problems_.push_back({.file = file_.name, .line = line, .message = std::move(message)});
  }

  void read_document(const YamlNode& document) {
    constexpr auto keys = std::to_array<std::string_view>({"rules", "destinations", "tests"});
    if (document.kind == Kind::null) return;
    if (document.kind != Kind::map) return problem(document.line, "must be a rule, or have 'rules' or 'destinations'");
    const bool lists = std::ranges::any_of(keys, [&](std::string_view key) { return document.find(key) != nullptr; });
    // A rule has destinations too.
    if (!lists || document.find("name") != nullptr) return read_rule_at(document);
    for (const auto& [key, value] : document.members) {
      if (std::ranges::find(keys, key.text) == keys.end()) {
        problem(key.line, fmt::format("'{}' is not known here; there are {}", key.text, fmt::join(keys, ", ")));
      } else if (key.text == "tests" && value.kind == Kind::list) {
        std::ranges::copy(value.items, std::back_inserter(file_.tests));
      } else if (value.kind == Kind::list) {
        for (const YamlNode& item : value.items) key.text == "rules" ? read_rule_at(item) : read_destination_at(item);
      } else if (value.kind != Kind::null) {
        problem(value.line, fmt::format("'{}' must be a list", key.text));
      }
    }
  }

  void read_rule_at(const YamlNode& node) {
    std::string json;
    Lines lines;
    append_json(json, node, rule_holds_text, "", lines);
    const YamlNode* name = node.find("name");
    const auto refuse = [&](const RuleFault& fault) {
      const std::string who =
          name != nullptr && name->kind == Kind::scalar ? fmt::format(" (rule {})", name->text) : "";
      problem(std::max(line_of(lines, fault.key), node.line), fault.to_error().detail + who);
    };
    auto spec = read_rule(json, RuleOrigin::file);
    if (!spec) return refuse(spec.error());
    if (const auto rule = Rule::check(0, 0, *spec); !rule) return refuse(rule.error());
    if (!rule_names_.insert(spec->name).second)
      return problem(line_of(lines, "name"), fmt::format("there are two rules called '{}'", spec->name));
    file_.rules.push_back({.spec = std::move(*spec), .line = node.line});
  }

  void read_destination_at(const YamlNode& node) {
    FileDestination destination{.name = {}, .json = {}, .line = node.line};
    Lines lines;
    append_json(destination.json, node, destination_holds_text, "", lines);
    const YamlNode* name = node.find("name");
    if (node.kind != Kind::map || name == nullptr || name->kind != Kind::scalar || name->text.empty())
      return problem(node.line, "a destination must have a 'name', by which rules know it");
    destination.name = name->text;
    // The other component's reader takes the last of two.
    for (const auto& [key, value] : node.members)
      if (node.find(key.text) != &value) return problem(key.line, fmt::format("'{}' is given twice", key.text));
    if (const auto good = check_(destination.json); !good) {
      const std::string& detail = good.error().detail;
      const std::size_t quoted = detail.starts_with('\'') ? detail.find('\'', 1) : std::string::npos;
      const std::string_view key = quoted == std::string::npos ? "" : std::string_view(detail).substr(1, quoted - 1);
      return problem(std::max(line_of(lines, key), node.line), fmt::format("{} (destination {})", detail, name->text));
    }
    if (!destination_names_.insert(destination.name).second)
      return problem(node.line, fmt::format("there are two destinations called '{}'", destination.name));
    file_.destinations.push_back(std::move(destination));
  }

  const CheckDestination& check_;
  RuleFile file_;
  std::vector<FileProblem> problems_;
  std::set<std::string> rule_names_;
  std::set<std::string> destination_names_;
};

}  // namespace

std::string FileProblem::text() const {
  return line == 0 ? fmt::format("{}: {}", file, message) : fmt::format("{}:{}: {}", file, line, message);
}

std::expected<RuleFile, std::vector<FileProblem>> read_rule_file(std::string_view text, const std::string& name,
                                                                 const CheckDestination& check) {
  return FileReader(name, check).read(text);
}

Result<RuleDirectory> read_rule_directory(const std::filesystem::path& directory, const CheckDestination& check) {
  std::vector<std::filesystem::path> paths;
  std::error_code failed;
  std::filesystem::directory_iterator entries(directory, failed);
  for (; !failed && entries != std::filesystem::directory_iterator(); entries.increment(failed)) {
    const std::filesystem::path& path = entries->path();
    const std::string extension = path.extension().string();
    if ((extension != ".yaml" && extension != ".yml") || path.filename().string().starts_with('.')) continue;
    paths.push_back(path);
    if (paths.size() > most_rule_files)
      return fail(ErrorCode::too_large,
                  fmt::format("{} holds more than {} files of rules", directory.string(), most_rule_files));
  }
  if (failed) return std::unexpected(system_error("read the rules in " + directory.string(), failed.value()));
  std::ranges::sort(paths);
  RuleDirectory found;
  std::map<std::string, std::string> rules;  // and the file that has it
  std::map<std::string, std::string> destinations;
  for (const std::filesystem::path& path : paths) {
    const std::string name = path.string();
    const auto text = read_yaml_file(path);
    if (!text) {
      found.problems.push_back({.file = name, .line = 0, .message = text.error().detail});
      continue;
    }
    auto file = read_rule_file(*text, name, check);
    std::vector<FileProblem> problems = file ? std::vector<FileProblem>() : std::move(file.error());
    const auto claim = [&](std::string_view what, const auto& names, const std::string& key, std::uint32_t line) {
      if (const auto at = names.find(key); at != names.end())
        problems.push_back(
            {.file = name, .line = line, .message = fmt::format("{} '{}' is in {} already", what, key, at->second)});
    };
    if (file) {
      for (const FileRule& rule : file->rules) claim("a rule", rules, rule.spec.name, rule.line);
      for (const FileDestination& each : file->destinations) claim("a destination", destinations, each.name, each.line);
    }
    if (!problems.empty()) {
      std::ranges::move(problems, std::back_inserter(found.problems));
      continue;
    }
    for (const FileRule& rule : file->rules) rules.emplace(rule.spec.name, name);
    for (const FileDestination& each : file->destinations) destinations.emplace(each.name, name);
    found.files.push_back(std::move(*file));
  }
  return found;
}

}  // namespace taffrail::alert
