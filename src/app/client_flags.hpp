#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "cli/client_command.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace taffrail {

/// A command that asks a running server, with the server.
struct AskCommand {
  cli::ClientCommand command;
  std::string url;  ///< empty: the configured address
  std::string token;
  std::filesystem::path config_file;
};

/// The commands `search`, `logs`, `query` and `top` of a command line.
class ClientFlags {
 public:
  /// Adds them. @param app outlives this
  explicit ClientFlags(CLI::App& app);
  ClientFlags(const ClientFlags&) = delete;
  ClientFlags& operator=(const ClientFlags&) = delete;
  ~ClientFlags();

  /// The one that was given, once `app` has parsed the arguments; nothing: another command. Throws CLI::ParseError for
  /// options that do not go together.
  [[nodiscard]] std::optional<AskCommand> given() const;

 private:
  struct Flags;
  std::unique_ptr<Flags> flags_;
};

/// A script that has a shell complete the program's commands and options. @param shell bash, zsh or fish
[[nodiscard]] std::string completion_script(const CLI::App& app, const std::string& shell);

}  // namespace taffrail
