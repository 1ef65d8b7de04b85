#include "app/client_flags.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <map>
#include <utility>

#include "base/time_format.hpp"

namespace taffrail {

using cli::ClientKind;

struct ClientFlags::Flags {
  AskCommand ask;
  std::string interval = "2s";
  std::string word;
  CLI::App* search = nullptr;
  CLI::App* logs = nullptr;
  CLI::App* query = nullptr;
  CLI::App* top = nullptr;

  CLI::App* add(CLI::App& app, const std::string& name, const std::string& help) {
    CLI::App* command = app.add_subcommand(name, help);
    command->add_option("--url", ask.url, "the server's address (default: the configured one)")
        ->type_name("http://HOST:PORT|unix:PATH");
    command->add_option("--token", ask.token, "sent as Authorization: Bearer")
        ->envname("TAFFRAIL_TOKEN")
        ->type_name("TEXT");
    command->add_option("--config", ask.config_file, "the server's YAML file, for its address")->type_name("FILE");
    command->add_flag("--json", ask.command.json, "one JSON object a line, as in a pipe");
    command->add_option("--color", ask.command.color, "colours, and a form for people: auto, always or never")
        ->type_name("WHEN")
        ->transform(CLI::CheckedTransformer(std::map<std::string, cli::When>{
            {"auto", cli::When::automatic}, {"always", cli::When::always}, {"never", cli::When::never}}));
    command->add_flag("!--no-pager", ask.command.pager, "no pager on a terminal");
    command->add_option("--containers", ask.command.containers, "only these")->type_name("EXPR");
    return command;
  }
  void add_range(CLI::App& command) {
    command.add_option("--since", ask.command.since, "from this time on: 2026-11-21T09:10:05Z, or 15m ago")
        ->type_name("TIME");
    command.add_option("--until", ask.command.until, "before this time")->type_name("TIME");
    command.add_option("--levels", ask.command.levels, "such as warn,error")->type_name("LEVELS");
    command.add_option("--streams", ask.command.streams, "stdout or stderr")->type_name("STREAMS");
  }
};

ClientFlags::ClientFlags(CLI::App& app) : flags_(std::make_unique<Flags>()) {
  cli::ClientCommand& command = flags_->ask.command;
  flags_->search = flags_->add(app, "search", "Find lines in all that is stored, the newest first");
  flags_->search->add_option("query", flags_->word, "words, or an expression")->required();
  flags_->add_range(*flags_->search);
  flags_->search->add_option("--limit", command.limit, "end after so many lines")->type_name("N");
  flags_->search->add_option("--order", command.order, "desc or asc")->type_name("ORDER");

  flags_->logs = flags_->add(app, "logs", "Read the logs of containers");
  flags_->logs->add_option("container", command.words, "names or ids");
  flags_->add_range(*flags_->logs);
  flags_->logs->add_flag("-f,--follow", command.follow, "go on with what is written");
  flags_->logs->add_flag("--merge", command.merge, "several containers, or all, in the order of time");
  flags_->logs->add_option("--filter", command.filter, "only lines for which this holds")->type_name("EXPR");
  flags_->logs->add_option("--tail", command.tail, "begin with so many lines of the end")->type_name("N");
  flags_->logs->add_option("--limit", command.limit, "end after so many lines")->type_name("N");
  flags_->logs->add_option("--order", command.order, "asc or desc")->type_name("ORDER");

  flags_->query = flags_->add(app, "query", "Count and measure lines in groups");
  flags_->query->add_option("query", flags_->word, R"(such as 'level == "error" | count() by container.service')")
      ->required();
  flags_->add_range(*flags_->query);

  flags_->top = flags_->add(app, "top", "Show what containers use");
  flags_->top->add_option("--interval", flags_->interval, "between two looks")->type_name("DURATION");
}

ClientFlags::~ClientFlags() = default;

std::optional<AskCommand> ClientFlags::given() const {
  AskCommand ask = flags_->ask;
  cli::ClientCommand& command = ask.command;
  if (*flags_->search || *flags_->query) {
    command.kind = *flags_->search ? ClientKind::search : ClientKind::query;
    command.words = {flags_->word};
    return ask;
  }
  if (*flags_->logs) {
    command.kind = ClientKind::logs;
    if (command.words.empty() && !command.merge)
      throw CLI::ValidationError("logs", "name a container, or read all of them with --merge");
    if (command.words.size() > 1 && command.follow && !command.merge)
      throw CLI::ValidationError("logs", "several containers are followed with --merge");
    if (!command.containers.empty() && !command.merge)
      throw CLI::ValidationError("logs", "--containers goes with --merge");
    return ask;
  }
  if (!*flags_->top) return std::nullopt;
  command.kind = ClientKind::top;
  const auto interval = parse_duration(flags_->interval);
  if (!interval) throw CLI::ValidationError("--interval", interval.error().detail);
  command.interval = std::max<Duration>(*interval, std::chrono::milliseconds(100));
  return ask;
}

namespace {

/// `--name` and `-n` of a command's options.
std::string option_words(const CLI::App& command) {
  std::string words;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) words += (words.empty() ? "--" : " --") + name;
    for (const std::string& name : option->get_snames()) words += (words.empty() ? "-" : " -") + name;
  }
  return words;
}

std::string bash_script(const std::vector<const CLI::App*>& commands, const std::string& names) {
  std::string script = "_taffrail() {\n  local word=${COMP_WORDS[COMP_CWORD]} words=\n";
  script += "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    words='" + names + "'\n  elif [[ $word == -* ]]; then\n";
  script += "    case ${COMP_WORDS[1]} in\n";
  for (const CLI::App* command : commands)
    script += "      " + command->get_name() + ") words='" + option_words(*command) + "' ;;\n";
  script += "    esac\n  fi\n  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n";
  return script + "complete -o default -F _taffrail taffrail\n";
}

std::string zsh_script(const std::vector<const CLI::App*>& commands, const std::string& names) {
  std::string script =
      "#compdef taffrail\n_taffrail() {\n  if (( CURRENT == 2 )); then\n    compadd " + names + "\n    return\n  fi\n";
  script += "  if [[ $words[CURRENT] == -* ]]; then\n    case $words[2] in\n";
  for (const CLI::App* command : commands)
    script += "      " + command->get_name() + ") compadd -- " + option_words(*command) + " ;;\n";
  return script + "    esac\n  else\n    _files\n  fi\n}\ncompdef _taffrail taffrail\n";
}

/// Within single quotes of fish, where a backslash and a quote need one.
std::string fish_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char byte : text) {
    if (byte == '\'' || byte == '\\') quoted += '\\';
    quoted += byte;
  }
  return quoted + "'";
}

std::string fish_script(const std::vector<const CLI::App*>& commands) {
  std::string script;
  for (const CLI::App* command : commands) {
    script += "complete -c taffrail -n __fish_use_subcommand -f -a " + command->get_name() + " -d " +
              fish_quoted(command->get_description()) + "\n";
    for (const CLI::Option* option : command->get_options()) {
      std::string names;
      for (const std::string& name : option->get_lnames()) names += " -l " + name;
      for (const std::string& name : option->get_snames()) names += " -s " + name;
      if (names.empty()) continue;
      script += "complete -c taffrail -n '__fish_seen_subcommand_from " + command->get_name() + "'" + names;
      script += (option->get_type_size() > 0 ? " -r" : "") + std::string(" -d ") +
                fish_quoted(option->get_description()) + "\n";
    }
  }
  return script;
}

}  // namespace

std::string completion_script(const CLI::App& app, const std::string& shell) {
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  std::string names;
  for (const CLI::App* command : commands) names += (names.empty() ? "" : " ") + command->get_name();
  if (shell == "bash") return bash_script(commands, names);
  return shell == "zsh" ? zsh_script(commands, names) : fish_script(commands);
}

}  // namespace taffrail
