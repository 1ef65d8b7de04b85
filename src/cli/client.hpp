#pragma once

#include <string>

#include "cli/client_command.hpp"
#include "cli/server_address.hpp"

namespace taffrail::cli {

/// Runs a command against a server; what goes wrong is said on the standard error.
/// @param token sent as `Authorization: Bearer`; empty: none
/// @return the exit status, ExitStatus
[[nodiscard]] int run_client(const ClientCommand& command, ServerAddress address, std::string token);

}  // namespace taffrail::cli
