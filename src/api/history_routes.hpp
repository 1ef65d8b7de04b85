#pragma once

#include <expected>
#include <vector>

#include "api/problem.hpp"
#include "api/router.hpp"
#include "api/services.hpp"

namespace taffrail::api {

/// What is stored of logs, and its deletion. On a server without history: 404.
[[nodiscard]] std::vector<Route> history_routes(Services& services);
[[nodiscard]] std::unexpected<Problem> no_history();

}  // namespace taffrail::api
