#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/container.hpp"
#include "source/logfile/log_options.hpp"

namespace taffrail::docker {

/// Where and how to read a container's log files; nothing when its driver writes none that can be read, or when the
/// path is not plausibly that container's own (an engine must not make us read other files of this host).
/// @param host_root where the engine's file system is mounted; empty: at /
[[nodiscard]] std::optional<logfile::LogOptions> file_log_options(const Container& container,
                                                                  const std::string& log_path,
                                                                  const std::map<std::string, std::string>& log_options,
                                                                  const std::string& host_root);

/// Whether following this container's log through its engine may lose lines: Docker before 23, and a log that is turned
/// over (ApiLogReader says more).
[[nodiscard]] bool loses_lines_at_turnover(const Host& host, const Container& container,
                                           const std::map<std::string, std::string>& log_options);

/// A size as dockerd's log drivers take it: "10m", "1.5 GB", "500"; units of 1000, as it reads them. Nothing when it is
/// none.
[[nodiscard]] std::optional<std::uint64_t> parse_log_size(std::string_view text);

/// Whether the engine refused a log because its driver cannot be read back.
[[nodiscard]] bool is_unreadable_driver(const Error& error);

}  // namespace taffrail::docker
