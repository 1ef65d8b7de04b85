#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace taffrail::text {

struct EpochNumber {
  Time time{};
  std::size_t length = 0;
};

/// A number at the start of `text` that counts from 1970: seconds, milliseconds, microseconds or nanoseconds, told
/// apart by how many digits stand before the point (10, 13, 16, 19), with a fraction or an exponent ("1795252205.123",
/// "1.795252205123e+09") if it has one. From 2001 to 2099: what lies beyond is rather some other number. Exact to the
/// nanosecond; nothing is rounded through floating point.
[[nodiscard]] std::optional<EpochNumber> leading_epoch(std::string_view text);

}  // namespace taffrail::text
