#pragma once

#include <functional>
#include <set>
#include <string_view>

#include "api/problem.hpp"
#include "pipeline/log_request.hpp"
#include "pipeline/registry.hpp"
#include "text/level.hpp"
#include "text/std_stream.hpp"

namespace taffrail::api {

/// The filter that keeps records of these levels and streams; an empty set keeps all, null is for all of
/// both.
[[nodiscard]] FilterPtr level_and_stream_filter(const std::set<text::Level>& levels,
                                                const std::set<text::StdStream>& streams);

/// The filters of containers' lines that a request states; empty where it states none.
using LineFilters = std::function<FilterPtr(const Container&)>;

/// One filter for the lines of all containers; no filters for none.
[[nodiscard]] LineFilters for_all(FilterPtr filter);

/// Filters that keep the records that `first` keeps and for which the expression over a log line holds. Lines that the
/// expression cannot deal with are not kept. What it says of a container is judged as that is when its filter is made.
/// @param source of the expression; a refusal has the place of its fault
/// @param registry outlives the filters' making
[[nodiscard]] Answer<LineFilters> expression_filters(std::string_view source, const Registry& registry,
                                                     FilterPtr first);

}  // namespace taffrail::api
