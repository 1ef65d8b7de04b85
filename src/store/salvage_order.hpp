#pragma once

#include <filesystem>
#include <optional>

#include "base/result.hpp"

namespace taffrail::store {

/// Leaves word beside a database, which may be new, that a damaged one is to be taken over into it: it counts until
/// that is done, over restarts as well. Errors: the operating system's.
[[nodiscard]] Result<> order_salvage(const std::filesystem::path& database, const std::filesystem::path& damaged);
/// The damaged file that is to be taken over into a database; nothing: none is.
[[nodiscard]] std::optional<std::filesystem::path> ordered_salvage(const std::filesystem::path& database);
/// It is taken over. Errors: the operating system's.
[[nodiscard]] Result<> salvage_done(const std::filesystem::path& database);

}  // namespace taffrail::store
