#pragma once

#include <vector>

#include "api/router.hpp"
#include "api/services.hpp"

namespace taffrail::api {

/// `/api/v1/containers` and `/api/v1/containers/{id}`.
[[nodiscard]] std::vector<Route> container_routes(Services& services);

}  // namespace taffrail::api
