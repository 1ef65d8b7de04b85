#pragma once

#include "history/query/pipe.hpp"

namespace taffrail::history {

/// What it takes to tell the value of an expression over a log line. `time` is for the variable `time` alone.
[[nodiscard]] GroupBy::Of needs_of(const expr::Program& program);

}  // namespace taffrail::history
