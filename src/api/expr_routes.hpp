#pragma once

#include <vector>

#include "api/router.hpp"

namespace taffrail::api {

/// `POST /api/v1/expr/check`: whether an expression may be used as a condition, for editors.
[[nodiscard]] std::vector<Route> expr_routes();

}  // namespace taffrail::api
