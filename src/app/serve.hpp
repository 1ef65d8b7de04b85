#pragma once

#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/config.hpp"

namespace taffrail {

/// The configuration that flags, environment and file give together, in this order of strength. The file is the flag's,
/// else TAFFRAIL_CONFIG's.
[[nodiscard]] Result<Config> read_config(const std::vector<Setting>& flags, const std::filesystem::path& config_file);

/// Where the configured server keeps its data.
[[nodiscard]] std::filesystem::path data_directory(const Config& config);

/// Runs the server until it is asked to stop. @return the exit status of the program
[[nodiscard]] int serve(const ServeCommand& command);

}  // namespace taffrail
