#pragma once

#include <string_view>

#include "model/container.hpp"

namespace taffrail::docker {

/// Fills in what a list entry does not tell from what an inspection of the same container told before.
void keep_inspected(Container& listed, const Container& known);

/// Changes what an event plainly says about its container; the rest is told by the inspection that follows.
void apply_event(const ContainerEvent& event, Container& container);

/// Whether an inspection tells something new after this action.
[[nodiscard]] bool wants_inspection(std::string_view action);

}  // namespace taffrail::docker
