#pragma once

#include "app/config.hpp"

namespace taffrail::log {

/// Sets how and from what level on the program speaks, to its standard error: what any component says through spdlog
/// (`spdlog::warn("docker: {}", detail)`), which is the one way to log. May be called again.
void configure(LogLevel level, LogFormat format);

}  // namespace taffrail::log
