#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/problem.hpp"
#include "net/request_target.hpp"
#include "pipeline/log_read.hpp"

namespace taffrail::api {

/// The query parameters that every log read knows.
[[nodiscard]] const std::vector<std::string>& log_parameter_names();

/// Reads them into a request without containers. Errors name the parameter and show its form.
/// @param now for times given as a duration before now
[[nodiscard]] Answer<LogRequest> read_log_parameters(const net::RequestTarget& target, Time now);

/// The filter that keeps records of these levels and streams; an empty set keeps all.
[[nodiscard]] RecordFilter level_and_stream_filter(const std::set<text::Level>& levels,
                                                   const std::set<text::StdStream>& streams);

/// Errors list the names that there are.
[[nodiscard]] Answer<text::Level> read_level(std::string_view name);
[[nodiscard]] Answer<text::StdStream> read_stream(std::string_view name);

/// Reads a whole number without a sign. Errors name the parameter.
[[nodiscard]] Answer<std::uint64_t> read_number(std::string_view parameter, std::string_view text);

}  // namespace taffrail::api
