#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "base/result.hpp"
#include "cli/server_address.hpp"

namespace taffrail {

/// The server that a command asks: `url`, or where it is empty that which flags, environment and file configure, as it
/// is reached from this machine. Errors: invalid_argument, and read_config's.
[[nodiscard]] Result<cli::ServerAddress> server_to_ask(const std::string& url, const std::vector<Setting>& flags,
                                                       const std::filesystem::path& config_file);

}  // namespace taffrail
