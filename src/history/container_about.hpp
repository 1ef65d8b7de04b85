#pragma once

#include <string>
#include <string_view>

#include "model/container.hpp"

namespace taffrail::history {

/// What history remembers of a container: the object of the API, as of its last line.
[[nodiscard]] std::string about(const Container& container);

/// The reverse. What is missing or of another type stays as in a new Container, so that a later version may write more;
/// where the text is no JSON object that is everything but the id, which serves as its name.
[[nodiscard]] Container read_about(const ContainerId& id, std::string_view text);

}  // namespace taffrail::history
