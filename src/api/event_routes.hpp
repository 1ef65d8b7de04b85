#pragma once

#include <vector>

#include "api/router.hpp"
#include "api/services.hpp"

namespace taffrail::api {

/// `/api/v1/events`: what happened to containers, as far as it is stored.
[[nodiscard]] std::vector<Route> event_routes(Services& services);

}  // namespace taffrail::api
