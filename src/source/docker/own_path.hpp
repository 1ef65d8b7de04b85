#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/ids.hpp"

namespace taffrail::docker {

/// Whether the log file that an engine names is the container's own: an engine must not make us read any other file of
/// this machine. The path is absolute, without "..", below the engine's own folder, has the container's id as the name
/// of a folder, and is a file there once all symbolic links are followed. Blocking, for workers.
///
/// @param host_root where the engine's file system is mounted; empty: at /
/// @param data_root the engine's folder, as it told it
/// Errors: permission_denied that says what was refused, not_found for a file that is not there.
[[nodiscard]] Result<> check_own_path(const std::string& host_root, const std::string& data_root,
                                      const std::string& path, const ContainerId& id);

}  // namespace taffrail::docker
