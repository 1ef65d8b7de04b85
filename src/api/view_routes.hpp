#pragma once

#include <vector>

#include "api/router.hpp"
#include "api/services.hpp"
#include "views/saved_views.hpp"

namespace taffrail::api {

/// `/api/v1/views`: log views that are saved on the server.
[[nodiscard]] std::vector<Route> view_routes(Services& services, views::SavedViews& saved);

}  // namespace taffrail::api
