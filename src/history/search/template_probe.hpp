#pragma once

#include "base/result.hpp"
#include "history/block/block.hpp"
#include "history/block/line_set.hpp"
#include "history/search/open_regex.hpp"

namespace taffrail::history {

/// The lines of a block that may have a match, by their templates alone: no digits are read, and nothing is put
/// together. Error damaged.
///
/// A template without quoted strings is gone through once for all its lines. Lines with strings go from piece to piece,
/// where a string's template is one: what a piece makes of a state is looked up.
[[nodiscard]] Result<LineSet> lines_that_may_match(Block& block, OpenRegex& regex);

}  // namespace taffrail::history
