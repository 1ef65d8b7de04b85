#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

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
struct VersionCommand {};
/// Nothing to run: print this and leave with this status (help, or what is wrong with the arguments).
struct PrintCommand {
  std::string text;
  int status = 0;
};
using Command = std::variant<ServeCommand, HealthcheckCommand, ExprCommand, RulesCommand, ImportCommand, VersionCommand,
                             PrintCommand>;

/// Reads the arguments of the program. Values of options are not checked here but with those from other places.
[[nodiscard]] Command parse_command_line(int argc, const char* const* argv);

}  // namespace taffrail
