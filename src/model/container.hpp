#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/disk_use.hpp"
#include "model/ids.hpp"

namespace taffrail {

enum class HostState : std::uint8_t { connecting, connected, unreachable };

/// An engine, or another place that containers live on, and how we stand with it.
struct Host {
  HostId id;
  std::string name;
  std::string kind;  ///< docker, podman, files, stdin, demo
  HostState state = HostState::connecting;
  std::string detail;  ///< why it is not connected, for a person
  std::string engine;  ///< version
  std::string api_version;
  std::string os;
  std::string arch;
  std::optional<std::uint32_t> cpus;
  std::optional<std::uint64_t> memory;  ///< bytes

  friend bool operator==(const Host&, const Host&) = default;
};

/// The disk that a host keeps its containers on.
struct HostDisk {
  std::string path;  ///< on the host
  DiskUse use;
};

enum class ContainerState : std::uint8_t { created, running, paused, restarting, exited, dead, removed };
enum class Health : std::uint8_t { none, starting, healthy, unhealthy };

/// A container as its host describes it. What only an inspection tells (`restarts`, `tty`, `log_driver`, limits, exact
/// times) is absent until one was made.
struct Container {
  ContainerId id;  ///< with its host
  HostId host;     ///< the same as id.host()
  std::string name;
  std::string image;
  std::string command;
  ContainerState state = ContainerState::created;
  Health health = Health::none;
  std::optional<int> exit_code;
  bool oom_killed = false;
  std::optional<std::uint32_t> restarts;
  std::optional<Time> created;
  std::optional<Time> started;
  std::optional<Time> finished;
  std::map<std::string, std::string> labels;
  std::string service;  ///< compose or swarm service; empty: none
  std::string project;  ///< compose project or swarm stack; empty: none
  std::string group;    ///< label taffrail.group; empty: none
  std::vector<std::string> ports;
  std::optional<bool> tty;
  std::string log_driver;                     ///< empty: not inspected yet
  std::optional<double> cpu_limit;            ///< cores
  std::optional<std::uint64_t> memory_limit;  ///< bytes

  [[nodiscard]] bool is_running() const { return state == ContainerState::running || state == ContainerState::paused; }
  friend bool operator==(const Container&, const Container&) = default;
};

/// As it was at one moment: shared by all who look at it, on whichever thread.
using ContainerPtr = std::shared_ptr<const Container>;

/// Something that the engine says happened to a container.
struct ContainerEvent {
  ContainerId container;
  HostId host;
  Time time;
  std::string action;  ///< start, die, oom, health_status, rename, destroy, …
  std::map<std::string, std::string> attributes;
};

using EventPtr = std::shared_ptr<const ContainerEvent>;

[[nodiscard]] std::string_view to_string(HostState state);
[[nodiscard]] std::string_view to_string(ContainerState state);
[[nodiscard]] std::string_view to_string(Health health);

}  // namespace taffrail
