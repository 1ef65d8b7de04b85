#pragma once

#include <vector>

#include "api/router.hpp"
#include "api/services.hpp"
#include "api/stored_lines.hpp"

namespace taffrail::api {

/// `/api/v1/query`: what stored lines come to, by groups (docs/query-language.md). On a server without history: 404.
[[nodiscard]] std::vector<Route> query_routes(Services& services, const SearchMetricsPtr& metrics);

}  // namespace taffrail::api
