#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/container.hpp"

namespace taffrail::history {

/// What history remembers of a container: the object of the API, as of its last line.
[[nodiscard]] std::string about(const Container& container);

/// The reverse. What is missing or of another type stays as in a new Container, so that a later version may write more.
/// Error damaged for what is no JSON object.
[[nodiscard]] Result<Container> read_about(const ContainerId& id, std::string_view text);

}  // namespace taffrail::history
