#pragma once

#include <cstdint>
#include <optional>
#include <set>
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

/// The parts of these that other readings of lines know, too. What is not given is nothing, or no level and no stream.
[[nodiscard]] Answer<std::optional<Time>> read_time(const net::RequestTarget& target, std::string_view name, Time now);
[[nodiscard]] Answer<std::optional<Cursor>> read_cursor(const net::RequestTarget& target, std::string_view name);
[[nodiscard]] Answer<std::set<text::Level>> read_levels(const net::RequestTarget& target);
[[nodiscard]] Answer<std::set<text::StdStream>> read_streams(const net::RequestTarget& target);

/// False where it is not given.
[[nodiscard]] Answer<bool> read_flag(const net::RequestTarget& target, std::string_view name);

/// Errors list the names that there are.
[[nodiscard]] Answer<text::Level> read_level(std::string_view name);
[[nodiscard]] Answer<text::StdStream> read_stream(std::string_view name);

/// Reads a whole number without a sign. Errors name the parameter.
[[nodiscard]] Answer<std::uint64_t> read_number(std::string_view parameter, std::string_view text);

}  // namespace taffrail::api
