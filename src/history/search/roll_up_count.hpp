#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/clock.hpp"
#include "history/search/line_query.hpp"
#include "text/level.hpp"

namespace taffrail::history {

/// Counts a block's lines by its roll-up alone, where that says for sure which of them a query without filters wants
/// and in which stretches of time they are.
/// @param bytes the roll-up; the block itself may be whole where it is damaged
/// @param together whether two times, the first not later, are in the same stretch, with all that is between them
/// @param add takes lines of one level: the time says their stretch, and is not their own
/// @return false, with nothing added, when the block must be read
[[nodiscard]] bool count_by_roll_up(const QueriedBlock& block, std::string_view bytes, const LineQuery& query,
                                    const std::function<bool(Time first, Time last)>& together,
                                    const std::function<void(Time time, text::Level level, std::uint64_t lines)>& add);

}  // namespace taffrail::history
