#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "history/search/line_query.hpp"
#include "model/record.hpp"
#include "store/transaction.hpp"

namespace taffrail::history {

/// The places of each log's lines, as LineQuery::logs has them.
using LogRanges = std::vector<PlaceRange>;

/// What is left of each log from a cursor on, in the direction of a reading. Lines of several logs are in the order of
/// (place, container); a cursor without a container stands behind all lines of its place.
[[nodiscard]] LogRanges ranges_from(const LineQuery& query, const std::optional<Cursor>& cursor, bool descending);

/// The blocks that may have wanted lines by their logs, places, times and levels. Each takes some 150 bytes.
[[nodiscard]] Result<std::vector<QueriedBlock>> plan_blocks(store::Snapshot& snapshot, const LineQuery& query,
                                                            const LogRanges& ranges);

/// The same where each block's roll-up goes with it.
/// @param seen takes a block and its roll-up's bytes, which live until it returns
using PlanVisitor = std::function<Result<>(QueriedBlock block, std::string_view roll_up)>;
[[nodiscard]] Result<> visit_blocks(store::Snapshot& snapshot, const LineQuery& query, const LogRanges& ranges,
                                    const PlanVisitor& seen);

/// The blocks that have the lines now that a block had which is no more: a merge has taken it up. None where they were
/// deleted.
[[nodiscard]] Result<std::vector<QueriedBlock>> blocks_instead(store::Snapshot& snapshot, const QueriedBlock& gone);

}  // namespace taffrail::history
