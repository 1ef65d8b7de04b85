#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace taffrail::cgroup {

// The texts of the kernel's files, as Documentation/admin-guide/cgroup-v1/, cgroup-v2.rst, accounting/psi.rst and
// proc(5) describe them. What is missing or malformed is nothing, never 0.

/// A file of one number, such as memory.current; nothing for "max".
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);

/// The number behind `key` in a file of "key value" lines, such as cpu.stat.
[[nodiscard]] std::optional<std::uint64_t> find_number(std::string_view text, std::string_view key);

/// Bytes read and written.
struct Traffic {
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  friend bool operator==(const Traffic&, const Traffic&) = default;
};
/// v2 io.stat: "8:0 rbytes=1 wbytes=2 …" a line, summed over the devices.
[[nodiscard]] Traffic parse_io_stat(std::string_view text);
/// v1 blkio.throttle.io_service_bytes: "8:0 Read 1" a line, summed over the devices.
[[nodiscard]] Traffic parse_blkio(std::string_view text);
/// /proc/PID/net/dev without the loopback; nothing when there is no other interface.
[[nodiscard]] std::optional<Traffic> parse_net_dev(std::string_view text);

/// The "some" total of a pressure file, in nanoseconds.
[[nodiscard]] std::optional<std::uint64_t> parse_pressure(std::string_view text);

/// One line of /proc/PID/cgroup.
struct Membership {
  std::string controllers;  ///< "cpu,cpuacct", "name=systemd"; empty for v2
  std::string path;
  friend bool operator==(const Membership&, const Membership&) = default;
};
[[nodiscard]] std::vector<Membership> parse_memberships(std::string_view text);

/// The part of a cgroup's path that ends with the component which names the container, so that what a container makes
/// below itself (systemd's init.scope, Podman's container) counts in: ".../docker-ID.scope/init.scope" →
/// ".../docker-ID.scope". Nothing when no component names it, or the path leaves the visible tree ("/../…").
[[nodiscard]] std::optional<std::string> container_path(std::string_view path, std::string_view id);

}  // namespace taffrail::cgroup
