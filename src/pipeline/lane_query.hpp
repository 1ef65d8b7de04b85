#pragma once

#include <optional>

#include "model/container.hpp"
#include "pipeline/line_filter.hpp"
#include "pipeline/log_request.hpp"
#include "source/source.hpp"

namespace taffrail {

/// What one container's part of a read asks of its log: a query with the bounds that a source honours, and a filter for
/// the rest.
struct LaneQuery {
  LogQuery query;
  FilterPtr filter;
};

/// Bounds that are cursors of this container become names; those of other containers are places on the timeline, where
/// a source can only tell about how far it must look.
/// @param after a further lower bound, in the order of the merge
[[nodiscard]] LaneQuery lane_query(const LogRequest& request, const Container& container,
                                   const std::optional<Cursor>& after);

/// Whether `cursor` names a line of this container. A cursor from outside may leave out the host, or, where a read is
/// of one container, the container.
[[nodiscard]] bool names_line_of(const Cursor& cursor, const ContainerId& id, const LogRequest& request);

}  // namespace taffrail
