#pragma once

#include <string_view>

#include "base/result.hpp"
#include "model/container_setup.hpp"

namespace taffrail::docker {

/// Of `GET /containers/{id}/json` the part that only people look at. Bounded, and as forgiving as the other readers
/// (engine_json.hpp). Errors: protocol, without the document's text, in which there may be secrets.
[[nodiscard]] Result<ContainerSetup> parse_setup(std::string_view json);

}  // namespace taffrail::docker
