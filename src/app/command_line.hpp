#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/client_flags.hpp"
#include "app/config.hpp"

namespace taffrail {

struct ServeCommand {
  std::vector<Setting> flags;
  std::filesystem::path config_file;  ///< empty: none
};
struct HealthcheckCommand {
  std::string url;  ///< empty: the configured address
  std::vector<Setting> flags;
  std::filesystem::path config_file;
};
struct ExprCommand {
  std::vector<std::string> arguments;  ///< read by expr/command.hpp
};
struct RulesCommand {
  std::vector<std::string> arguments;  ///< read by alert/rule/command.hpp
};
struct ImportCommand {
  std::vector<std::string> arguments;  ///< read by alert/rule/command.hpp
};
/// `taffrail history backup|check|export|import`
struct HistoryCommand {
  enum class Action : std::uint8_t { backup, check, write_all, read_all };
  Action action = Action::check;
  std::string file;   ///< of a check empty: the data directory's; of lines to be read `-`: the standard input
  std::string since;  ///< a time or a duration before now; empty: no bound
  std::string until;
  std::vector<Setting> flags;
  std::filesystem::path config_file;
};
struct VersionCommand {};
/// Nothing to run: print this and leave with this status (help, or what is wrong with the arguments).
struct PrintCommand {
  std::string text;
  int status = 0;
};
using Command = std::variant<ServeCommand, HealthcheckCommand, AskCommand, ExprCommand, RulesCommand, ImportCommand,
                             HistoryCommand, VersionCommand, PrintCommand>;

/// Reads the arguments of the program. Values of options are not checked here but with those from other places.
[[nodiscard]] Command parse_command_line(int argc, const char* const* argv);

}  // namespace taffrail
