#include "alert/engine/rules_export.hpp"

#include <cstdint>
#include <fmt/format.h>
#include <map>
#include <ostream>
#include <set>
#include <string_view>
#include <utility>

#include "alert/destination/destination.hpp"
#include "alert/destination/secret_value.hpp"
#include "alert/destination/service.hpp"
#include "alert/engine/destination_row.hpp"
#include "alert/rule/command.hpp"
#include "alert/rule/rule_files.hpp"
#include "base/ascii.hpp"
#include "store/connection.hpp"
#include "text/utf8.hpp"

namespace taffrail::alert {
namespace {

constexpr std::string_view usage = "usage: taffrail rules export DATA [--out DIR], where DATA is a server's --data\n";

/// The text, with a number behind it where it was given before.
std::string unique(const std::string& text, std::set<std::string>& given, std::string_view form) {
  std::string made = text;
  for (int n = 2; !given.insert(made).second; ++n) {
    constexpr std::size_t longest = 200;
    const std::string number = fmt::format(fmt::runtime(form), n);
    made = std::string(text::cut_at_character(text, longest - number.size())) + number;
  }
  return made;
}

/// What a secret is to be called: SECRET_OPS_URL.
std::string variable_for(std::string_view destination, std::string_view key, std::set<std::string>& given) {
  std::string name = "SECRET_";
  for (const char c : fmt::format("{}_{}", destination, key))
    name += ascii::is_alphanumeric(c) ? ascii::to_upper(c) : '_';
  return unique(name, given, "_{}");
}

/// Puts references in the place of secrets.
void hide_secrets(Destination& destination, std::set<std::string>& variables, std::vector<std::string>& notes) {
  const auto hide = [&](std::string_view key, std::string& kept) {
    if (is_reference(kept)) return;
    const std::string variable = variable_for(destination.name, key, variables);
    kept = "${" + variable + "}";
    notes.push_back(fmt::format("the secret '{}' of destination '{}' is not written: give it as the variable {}", key,
                                destination.name, variable));
  };
  const Service* service = find_service(destination.type);
  for (const Field& field : service ? fields_of(*service) : std::vector<Field>())
    if (const auto kept = destination.settings.find(std::string(field.key));
        field.secret && kept != destination.settings.end())
      hide(field.key, kept->second);
  for (auto& [name, kept] : destination.headers) hide(name, kept);
}

/// Calls `take` with each row.
template <class Take>
Result<> each(store::Connection& connection, std::string_view sql, Take take) {
  auto rows = connection.query(sql);
  if (!rows) return forward(rows);
  for (;;) {
    auto row = rows->step();
    if (!row) return forward(row);
    if (!*row) return {};
    take(*rows);
  }
}

class Exporter {
 public:
  void add_destination(DestinationId id, std::string_view row) {
    auto destination = destination_of_row(id, row);
    if (!destination || !find_service(destination->type)) {
      made_.notes.push_back(fmt::format("destination {} cannot be read and is left out", id));
      return;
    }
    const std::string name = unique(destination->name, destination_names_, " ({})");
    if (name != destination->name)
      made_.notes.push_back(fmt::format("destination {} is called '{}', as another one was called like it", id, name));
    destination->name = name;
    hide_secrets(*destination, variables_, made_.notes);
    destination->id = 0;
    names_.emplace(id, name);
    std::string json = to_json(*destination);
    constexpr std::string_view id_member = "\"id\":0,";
    json.erase(json.find(id_member), id_member.size());
    made_.destinations.push_back(std::move(json));
  }

  void add_rule(RuleId id, std::string_view row) {
    auto spec = read_rule(row, RuleOrigin::api);
    if (!spec) {
      made_.notes.push_back(
          fmt::format("rule {} cannot be read and is left out: {}", id, spec.error().to_error().detail));
      return;
    }
    name_destinations(id, spec->destinations, spec->destination_names);
    if (spec->escalate) name_destinations(id, spec->escalate->destinations, spec->escalate->destination_names);
    const auto rule = Rule::check(id, 1, *spec);
    const std::string name = unique(spec->name, rule_names_, " ({})");
    if (name != spec->name)
      made_.notes.push_back(fmt::format("rule {} is called '{}', as another one was called like it", id, name));
    spec->name = name;
    if (!rule)
      made_.notes.push_back(fmt::format("rule {} ('{}') does not work: {}", id, name, rule.error().to_error().detail));
    (rule ? made_.rules : made_.broken).push_back(std::move(*spec));
  }

  RulesExport take() { return std::move(made_); }

 private:
  void name_destinations(RuleId rule, std::vector<DestinationId>& ids, std::vector<std::string>& names) {
    for (const DestinationId id : std::exchange(ids, {})) {
      if (const auto name = names_.find(id); name != names_.end())
        names.push_back(name->second);
      else
        made_.notes.push_back(fmt::format("rule {} names destination {}, which there is not any more", rule, id));
    }
  }

  RulesExport made_;
  std::map<DestinationId, std::string> names_;
  std::set<std::string> destination_names_;
  std::set<std::string> rule_names_;
  std::set<std::string> variables_;
};

/// The texts of as many files as are needed.
template <class Part, class ToYaml>
void split(std::span<const Part> parts, const ToYaml& to_yaml, std::vector<std::string>& files) {
  std::string text = to_yaml(parts);
  if (parts.size() > 1 && (parts.size() > most_rules_in_file || text.size() > longest_yaml)) {
    split(parts.first(parts.size() / 2), to_yaml, files);
    split(parts.subspan(parts.size() / 2), to_yaml, files);
    return;
  }
  files.push_back(std::move(text));
}

/// Names and texts.
std::vector<std::pair<std::string, std::string>> files_of(const RulesExport& made) {
  std::vector<std::pair<std::string, std::string>> files;
  const auto add = [&](std::string_view stem, std::vector<std::string> texts) {
    for (std::size_t i = 0; i < texts.size(); ++i)
      files.emplace_back(i == 0 ? fmt::format("{}.yaml", stem) : fmt::format("{}-{}.yaml", stem, i + 1),
                         std::move(texts[i]));
  };
  std::vector<std::string> texts;
  if (!made.destinations.empty())
    split(std::span(made.destinations), [](auto some) { return rules_to_yaml({}, some); }, texts);
  add("destinations", std::exchange(texts, {}));
  if (!made.rules.empty()) split(std::span(made.rules), [](auto some) { return rules_to_yaml(some, {}); }, texts);
  add("rules", std::exchange(texts, {}));
  if (!made.broken.empty()) split(std::span(made.broken), [](auto some) { return rules_to_yaml({}, {}, some); }, texts);
  add("broken", std::move(texts));
  return files;
}

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

Result<RulesExport> export_rules(const std::filesystem::path& data) {
  const std::filesystem::path file = data / "alerts.db";
  std::error_code failed;
  if (!std::filesystem::exists(file, failed))
    return fail(ErrorCode::not_found,
                file.string() + " is not there: DATA is the directory that a server has as --data");
  auto connection = store::Connection::open(file, store::Connection::Mode::read);
  if (!connection) return forward(connection);
  Exporter exporter;
  auto done = each(*connection, "SELECT id, json FROM destination ORDER BY id",
                   [&](const store::Statement& row) { exporter.add_destination(row.integer(0), row.text(1)); });
  if (done)
    done = each(*connection, "SELECT id, json FROM rule ORDER BY id",
                [&](const store::Statement& row) { exporter.add_rule(row.integer(0), row.text(1)); });
  if (!done) return fail(done.error().code, file.string() + ": " + done.error().detail);
  return exporter.take();
}

int run_export_command(std::span<const std::string> args, std::ostream& out, std::ostream& err) {
  if ((args.size() != 2 && args.size() != 4) || args[0] != "export" || (args.size() == 4 && args[2] != "--out")) {
    err << usage;
    return 2;
  }
  const auto give_up = [&](std::string_view why) {
    err << why << '\n';
    return 1;
  };
  const auto made = export_rules(args[1]);
  if (!made) return give_up(made.error().detail);
  if (args.size() == 4) {
    std::error_code failed;
    std::filesystem::create_directories(args[3], failed);  // what is wrong with it, writing says
    for (const auto& [name, text] : files_of(*made))
      if (const auto written = write_new_file(std::filesystem::path(args[3]) / name, text); !written)
        return give_up(written.error().detail);
  } else {
    const std::string text = rules_to_yaml(made->rules, made->destinations, made->broken);
    if (made->rules.size() > most_rules_in_file || text.size() > longest_yaml)
      return give_up("they are more than one file may hold; write several with --out DIR");
    out << text;
  }
  for (const std::string& note : made->notes) err << note << '\n';
  err << fmt::format("written: {}, {}; not working: {}\n", counted(made->rules.size(), "rule"),
                     counted(made->destinations.size(), "destination"), counted(made->broken.size(), "rule"));
  return made->broken.empty() ? 0 : 1;
}

}  // namespace taffrail::alert
