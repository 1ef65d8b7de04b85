#pragma once

#include <set>
#include <string_view>
#include <vector>

#include "api/problem.hpp"
#include "pipeline/log_read.hpp"
#include "pipeline/registry.hpp"
#include "text/level.hpp"
#include "text/std_stream.hpp"

namespace taffrail::api {

/// The filter that keeps records of these levels and streams; an empty set keeps all.
[[nodiscard]] RecordFilter level_and_stream_filter(const std::set<text::Level>& levels,
                                                   const std::set<text::StdStream>& streams);

/// The filter that keeps the records that `first` keeps and for which the expression over a log line holds. Lines that
/// the expression cannot deal with are not kept. What it says of containers is judged as they are now.
/// @param source of the expression; a refusal has the place of its fault
/// @param containers those whose lines will be asked about
[[nodiscard]] Answer<RecordFilter> expression_filter(std::string_view source, const Registry& registry,
                                                     const std::vector<ContainerId>& containers, RecordFilter first);

}  // namespace taffrail::api
