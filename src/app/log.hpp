#pragma once

#include <string_view>

#include "app/config.hpp"

namespace taffrail::log {

/// Sets how and from what level on the program speaks, to its standard error. May be called again.
void configure(LogLevel level, LogFormat format);

void debug(std::string_view message);
void info(std::string_view message);
void warn(std::string_view message);
void error(std::string_view message);

}  // namespace taffrail::log
