#pragma once

#include <string>
#include <string_view>

#include "alert/destination/sender.hpp"
#include "base/result.hpp"

namespace taffrail::alert {

/// A destination as it is kept in the store: with its secrets, which are sealed.
[[nodiscard]] std::string row_of(const Destination& destination);
/// Error: damaged for what `row_of` did not make.
[[nodiscard]] Result<Destination> destination_of_row(DestinationId id, std::string_view row);

}  // namespace taffrail::alert
