#pragma once

#include <vector>

#include "base/clock.hpp"
#include "history/query/pipe.hpp"
#include "history/query/scalar.hpp"

namespace taffrail::history {

using Row = std::vector<Scalar>;

/// What rows may take when they are made, sorted and judged; beside the time for reading.
inline constexpr Duration time_for_rows = std::chrono::seconds(2);

/// By the stage's columns; rows that are equal there stay in their order.
void sort_rows(std::vector<Row>& rows, const SortRows& stage);
/// The order of rows that nobody sorts: by all columns.
[[nodiscard]] SortRows all_columns(const Pipe& pipe);
/// Whether a condition is true of a row; one that it cannot deal with is not kept.
[[nodiscard]] bool keeps(const KeepRows& stage, const Row& row);

}  // namespace taffrail::history
