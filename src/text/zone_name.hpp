#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace taffrail::text {

/// The usual offset of a zone's abbreviation ("CET"), in seconds east of UTC. Of those that several places use (IST,
/// CST, BST) it is the one that most people live in.
[[nodiscard]] std::optional<std::chrono::seconds> zone_offset(std::string_view name);

}  // namespace taffrail::text
