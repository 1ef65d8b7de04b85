#pragma once

#include <vector>

#include "api/router.hpp"
#include "api/services.hpp"
#include "api/stored_lines.hpp"

namespace taffrail::api {

/// `/api/v1/search`, `/api/v1/find` and `/api/v1/histogram`, over the lines that history has stored. On a server
/// without history: 404.
[[nodiscard]] std::vector<Route> search_routes(Services& services, const SearchMetricsPtr& metrics);

}  // namespace taffrail::api
