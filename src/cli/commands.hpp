#pragma once

#include "base/result.hpp"
#include "base/task.hpp"
#include "cli/api_client.hpp"
#include "cli/client_command.hpp"
#include "cli/output.hpp"

namespace taffrail::cli {

// One command each, for client.cpp. Errors: the client's and the output's.

/// Newest lines first, page after page.
[[nodiscard]] Task<Result<ExitStatus>> search(const ClientCommand& command, ApiClient& client, Output& output);
/// One log after the other, or merged.
[[nodiscard]] Task<Result<ExitStatus>> logs(const ClientCommand& command, ApiClient& client, Output& output);
/// A table, or an object for each row.
[[nodiscard]] Task<Result<ExitStatus>> query(const ClientCommand& command, ApiClient& client, Output& output);
/// Containers by what they use, again and again on a terminal, else once.
[[nodiscard]] Task<Result<ExitStatus>> top(const ClientCommand& command, ApiClient& client, Output& output);

}  // namespace taffrail::cli
