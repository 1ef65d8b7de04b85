#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace taffrail::cgroup {

// Where a container's cgroup lies in the file system. Best told by its process (`memberships`, the text of
// /proc/PID/cgroup). Read from within a private cgroup namespace those paths lead out of what is visible ("/../…"), and
// without a process there are none: then the places where Docker and Podman put containers are tried, and at last the
// upper levels of the tree searched for a folder that is named after the container.
//
// Errors: not_found where there is none; others where it could not be looked for (unavailable: descriptors are used
// up), which says nothing about what is there.

/// Whether it is an id as Docker and Podman make them, 64 hex digits. Only such a one gets into a path, and only such a
/// one is looked for in the names of others: a short one would be found in many.
[[nodiscard]] bool is_full_id(std::string_view id);

/// Whether v2 is all there is below `root`. In the hybrid layout it has no controllers, and v1 has all.
[[nodiscard]] bool is_v2_alone(const std::string& root);

/// The folder in the v2 tree; not_found also where there is no v2.
/// @param root where cgroups are mounted, v2 at `root` itself or, in the hybrid layout, at `root`/unified
[[nodiscard]] Result<std::string> find_v2(const std::string& root, std::string_view memberships, std::string_view id);

/// The folder in the v1 tree of one controller ("cpu", "memory", …).
[[nodiscard]] Result<std::string> find_v1(const std::string& root, std::string_view memberships,
                                          std::string_view controller, std::string_view id);

/// The Error of a system call that failed: `unavailable` where descriptors (or memory) are used up, of this process or
/// of the machine.
[[nodiscard]] Error failure_of(std::string_view what, int error_number);

}  // namespace taffrail::cgroup
