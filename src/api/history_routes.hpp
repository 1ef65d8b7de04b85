#pragma once

#include <vector>

#include "api/router.hpp"
#include "api/services.hpp"

namespace taffrail::api {

/// What is stored of logs, and its deletion. On a server without history: 404.
[[nodiscard]] std::vector<Route> history_routes(Services& services);

}  // namespace taffrail::api
