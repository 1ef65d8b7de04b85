#pragma once

#include <vector>

#include "api/router.hpp"
#include "api/services.hpp"

namespace taffrail::api {

/// `/api/v1/containers/{id}/logs` and `/api/v1/logs`: NDJSON, with back-pressure from the socket to the reading.
[[nodiscard]] std::vector<Route> log_routes(Services& services);

}  // namespace taffrail::api
