#pragma once

#include <algorithm>

#include "model/record.hpp"
#include "source/sequencer.hpp"

namespace taffrail {

/// The one order of lines of several containers: a timeline in the ticks of source/sequencer.hpp. A line of an engine
/// stands at its seq, which is such a tick and never goes back within a container although its clock may. A source that
/// numbers its lines otherwise (a file's by their offset, always smaller) has them stand at their time.
[[nodiscard]] inline Seq position_of(Seq seq, Time time) { return std::max(seq, Sequencer::first_of(time)); }

}  // namespace taffrail
