#pragma once

#include "app/command_line.hpp"

namespace taffrail {

/// Asks a server whether it is ready and says so on standard error when it is not. @return 0 when it is, else 1
[[nodiscard]] int healthcheck(const HealthcheckCommand& command);

}  // namespace taffrail
