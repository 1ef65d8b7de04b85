#pragma once

#include <vector>

#include "api/router.hpp"
#include "api/services.hpp"

namespace taffrail::api {

/// `/api/v1/stats`: the metric series that are held.
[[nodiscard]] std::vector<Route> stats_routes(Services& services);

}  // namespace taffrail::api
