#pragma once

#include <vector>

#include "api/router.hpp"
#include "api/services.hpp"

namespace taffrail::api {

/// What operators and their machines ask: `/healthz`, `/readyz`, `/metrics`, `/api/v1/info`, `/api/v1/openapi.yaml`.
[[nodiscard]] std::vector<Route> system_routes(Services& services);

}  // namespace taffrail::api
