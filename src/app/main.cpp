#include <cstdio>
#include <exception>
#include <iostream>
#include <utility>
#include <variant>

#include "alert/engine/rules_export.hpp"
#include "alert/rule/command.hpp"
#include "app/command_line.hpp"
#include "app/configured_server.hpp"
#include "app/cpu.hpp"
#include "app/healthcheck.hpp"
#include "app/heap.hpp"
#include "app/history_command.hpp"
#include "app/rule_folder.hpp"
#include "app/serve.hpp"
#include "app/version.hpp"
#include "cli/client.hpp"
#include "expr/command.hpp"

namespace taffrail {
namespace {

int ask(const AskCommand& ask) {
  auto address = server_to_ask(ask.url, {}, ask.config_file);
  if (address) return cli::run_client(ask.command, std::move(*address), ask.token);
  std::fprintf(stderr, "taffrail: %s\n", address.error().detail.c_str());
  return static_cast<int>(cli::ExitStatus::refused);
}

int run(const Command& command) {
  if (const auto* serve_command = std::get_if<ServeCommand>(&command)) return serve(*serve_command);
  if (const auto* health = std::get_if<HealthcheckCommand>(&command)) return healthcheck(*health);
  if (const auto* client = std::get_if<AskCommand>(&command)) return ask(*client);
  if (const auto* expression = std::get_if<ExprCommand>(&command))
    return expr::run_command(expression->arguments, std::cin, std::cout, std::cerr);
  if (const auto* rules = std::get_if<RulesCommand>(&command)) {
    if (!rules->arguments.empty() && rules->arguments.front() == "export")
      return alert::run_export_command(rules->arguments, std::cout, std::cerr);
    return alert::run_rules_command(rules->arguments, check_destination, std::cout, std::cerr);
  }
  if (const auto* import = std::get_if<ImportCommand>(&command))
    return alert::run_import_command(import->arguments, std::cout, std::cerr);
  if (const auto* history = std::get_if<HistoryCommand>(&command)) return run_history_command(*history);
  if (const auto* print = std::get_if<PrintCommand>(&command)) {
    std::fputs(print->text.c_str(), print->status == 0 ? stdout : stderr);
    return print->status;
  }
  std::printf("taffrail %s\n", version);
  return 0;
}

}  // namespace
}  // namespace taffrail

namespace {

/// The loader calls this before any constructor, of ours or of a library: one of ours could already hold an instruction
/// that this processor does not know.
[[gnu::section(".preinit_array"), gnu::used]] void (*const before_all)(int, char**, char**) = taffrail::cpu::check;

}  // namespace

int main(int argc, char** argv) {
  taffrail::settle_allocator();
  try {
    return taffrail::run(taffrail::parse_command_line(argc, argv));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "taffrail: %s\n", error.what());
    return 70;  // EX_SOFTWARE: a bug
  }
}
