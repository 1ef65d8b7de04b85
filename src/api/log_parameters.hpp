#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/problem.hpp"
#include "net/request_target.hpp"
#include "pipeline/log_read.hpp"
#include "pipeline/registry.hpp"
#include "text/level.hpp"
#include "text/std_stream.hpp"

namespace taffrail::api {

/// The query parameters that every log read knows.
[[nodiscard]] const std::vector<std::string>& log_parameter_names();

/// Reads them into a request. Errors name the parameter and show its form.
/// @param containers whose logs are read
/// @param now for times given as a duration before now
[[nodiscard]] Answer<LogRequest> read_log_parameters(const net::RequestTarget& target, const Registry& registry,
                                                     std::vector<ContainerId> containers, Time now);

/// Errors list the names that there are.
[[nodiscard]] Answer<text::Level> read_level(std::string_view name);
[[nodiscard]] Answer<text::StdStream> read_stream(std::string_view name);

/// Reads a whole number without a sign. Errors name the parameter.
[[nodiscard]] Answer<std::uint64_t> read_number(std::string_view parameter, std::string_view text);

}  // namespace taffrail::api
