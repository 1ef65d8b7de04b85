#include "app/command_line.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

namespace taffrail {
namespace {

/// Where CLI11 leaves what the flags of a subcommand say.
struct Flags {
  std::map<std::string, std::vector<std::string>> values;
  std::string config_file;

  /// @param only these options; empty: all
  void add_to(CLI::App& command, const std::vector<std::string_view>& only = {}) {
    command.add_option("--config", config_file, "a YAML file with any of the server's options")->type_name("FILE");
    for (const Option& option : options()) {
      const std::string name(option.name);
      if (!only.empty() && std::ranges::find(only, option.name) == only.end()) continue;
      auto* flag = command.add_option("--" + name, values[name], std::string(option.help));
      flag->type_name(std::string(option.form))->type_size(1)->expected(1)->allow_extra_args(false);
      flag->multi_option_policy(option.repeatable ? CLI::MultiOptionPolicy::TakeAll : CLI::MultiOptionPolicy::Throw);
      if (option.repeatable)
        flag->expected(1, static_cast<int>(CLI::detail::expected_max_vector_size))->allow_extra_args(false);
    }
  }
  [[nodiscard]] std::vector<Setting> settings() const {
    std::vector<Setting> settings;
    for (const auto& [name, given] : values)
      if (!given.empty()) settings.push_back({.option = name, .values = given, .place = "--" + name});
    return settings;
  }
};

/// The commands about what is stored, and what they are told.
struct HistoryFlags {
  HistoryCommand command;
  Flags flags;
  std::map<HistoryCommand::Action, CLI::App*> actions;

  void add_to(CLI::App& history) {
    using Action = HistoryCommand::Action;
    history.require_subcommand(1);
    const auto add = [&](Action action, const char* name, const char* help,
                         const std::vector<std::string_view>& options = {"data"}) {
      CLI::App* added = history.add_subcommand(name, help);
      flags.add_to(*added, options);
      actions.emplace(action, added);
      return added;
    };
    add(Action::backup, "backup", "Copy history.db to a new file, while the server runs, and check the copy")
        ->add_option("FILE", command.file, "the copy; there is none yet")
        ->required();
    add(Action::check, "check", "Read all that is stored and say what is damaged; status 1 if anything is")
        ->add_option("FILE", command.file, "a copy (default: that of the data directory)");
    CLI::App* out = add(Action::write_all, "export", "Write lines, metrics and events as NDJSON to the standard output",
                        {"data", "containers"});
    out->add_option("--since", command.since, "only what is of this time or later")->type_name("TIME|DURATION");
    out->add_option("--until", command.until, "only what is of before this time")->type_name("TIME|DURATION");
    add(Action::read_all, "import", "Store what an export has, under its names, each line once; no server runs")
        ->add_option("FILE", command.file, "the export, or - for the standard input")
        ->required();
  }
  [[nodiscard]] HistoryCommand take() const {
    HistoryCommand taken = command;
    for (const auto& [action, app] : actions)
      if (*app) taken.action = action;
    taken.flags = flags.settings();
    taken.config_file = flags.config_file;
    return taken;
  }
};

}  // namespace

Command parse_command_line(int argc, const char* const* argv) {
  const std::string_view first = argc > 1 ? argv[1] : "";
  if (first == "expr") return ExprCommand{.arguments = {argv + 2, argv + argc}};
  if (first == "rules") return RulesCommand{.arguments = {argv + 2, argv + argc}};
  if (first == "import") return ImportCommand{.arguments = {argv + 2, argv + argc}};
  CLI::App app("Taffrail shows every container of this host live: logs and metrics, in the browser.", "taffrail");
  app.require_subcommand(0, 1);  // so that an unknown word is named as such, and not the lack of a command
  app.get_formatter()->column_width(34);
  CLI::App* serve = app.add_subcommand("serve", "Run the server");
  serve->footer(
      "Each option has a variable (--base-path is TAFFRAIL_BASE_PATH; several values are separated by ;) and a key\n"
      "of the --config file (base-path). A flag beats a variable beats the file.");
  Flags serve_flags;
  serve_flags.add_to(*serve);
  CLI::App* healthcheck = app.add_subcommand("healthcheck", "Leave with status 0 when the server is ready");
  std::string url;
  healthcheck->add_option("--url", url, "the server's address (default: the configured one)")
      ->type_name("http://HOST:PORT|unix:PATH");
  Flags health_flags;
  health_flags.add_to(*healthcheck);
  const ClientFlags client_flags(app);
  CLI::App* completion =
      app.add_subcommand("completion", "Print a script that has a shell complete commands and options");
  std::string shell;
  completion->add_option("shell", shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  // Only for the help: their arguments are read by the commands themselves.
  app.add_subcommand(
      "expr", "Evaluate an expression: taffrail expr 'EXPR' [--env FILE.json] [--check ENVIRONMENT], or --batch");
  app.add_subcommand(
      "rules",
      "Check files of alert rules, play their tests, or write them: taffrail rules check|test DIR, taffrail rules "
      "export DATA [--out DIR]");
  app.add_subcommand("import", "Translate Dozzle's alert rules: taffrail import dozzle DIR [--out DIR]");
  CLI::App* history = app.add_subcommand("history", "Copy, check, write or read what is stored");
  HistoryFlags history_flags;
  history_flags.add_to(*history);
  CLI::App* version = app.add_subcommand("version", "Print the version");
  std::optional<AskCommand> ask;
  try {
    app.parse(argc, argv);
    ask = client_flags.given();
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream err;
    const int status = app.exit(error, out, err);
    return PrintCommand{.text = out.str() + err.str(), .status = status == 0 ? 0 : 2};
  }
  if (app.get_subcommands().empty()) return PrintCommand{.text = app.help(), .status = 2};
  if (ask) return *std::move(ask);
  if (*completion) return PrintCommand{.text = completion_script(app, shell)};
  if (*version) return VersionCommand{};
  if (*history) return history_flags.take();
  if (*healthcheck)
    return HealthcheckCommand{.url = url, .flags = health_flags.settings(), .config_file = health_flags.config_file};
  return ServeCommand{.flags = serve_flags.settings(), .config_file = serve_flags.config_file};
}

}  // namespace taffrail
