#pragma once

#include "app/command_line.hpp"

namespace taffrail {

/// `taffrail history …`: prints what it did, or why it could not.
/// @return the exit status: 0; 1 when something is damaged, or could not be read or written; 2 when the arguments are
/// wrong
[[nodiscard]] int run_history_command(const HistoryCommand& command);

}  // namespace taffrail
