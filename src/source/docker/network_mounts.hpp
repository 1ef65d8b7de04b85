#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace taffrail::docker {

/// Where file systems are mounted that somebody else serves, over a network or from another process: each of them may
/// hang as a whole.
/// @param mountinfo the text of /proc/PID/mountinfo (proc(5))
[[nodiscard]] std::vector<std::string> network_mounts(std::string_view mountinfo);

/// Whether `path` is `folder` or lies below it, as both are written.
[[nodiscard]] bool is_within(std::string_view path, std::string_view folder);

}  // namespace taffrail::docker
