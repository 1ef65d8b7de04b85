#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "source/cgroup/cgroup_parse.hpp"

/// Any bytes in place of the kernel's files.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taffrail::cgroup;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)parse_number(text);
  (void)find_number(text, "usage_usec");
  (void)parse_io_stat(text);
  (void)parse_blkio(text);
  (void)parse_net_dev(text);
  (void)parse_pressure(text);
  for (const Membership& membership : parse_memberships(text)) {
    const auto path = container_path(membership.path, "docker");
    if (path && !membership.path.starts_with(*path)) std::abort();
  }
  return 0;
}
