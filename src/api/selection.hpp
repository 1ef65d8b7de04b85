#pragma once

#include <string_view>
#include <vector>

#include "api/exchange.hpp"
#include "api/problem.hpp"
#include "pipeline/registry.hpp"

namespace taffrail::api {

/// The containers that the viewer sees and that the expression in this parameter selects; without it all that they see.
/// In order of id, valid until the registry changes.
[[nodiscard]] Answer<std::vector<const Container*>> select_containers(const Exchange& exchange,
                                                                      const Registry& registry,
                                                                      std::string_view parameter);

}  // namespace taffrail::api
