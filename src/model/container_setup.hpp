#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace taffrail {

/// How a container was set up, as an inspection tells it: for people who look at one container. Nothing of it is kept.
struct ContainerSetup {
  struct Mount {
    std::string type;         ///< bind, volume, tmpfs, …
    std::string source;       ///< folder on the host, or name of a volume; empty: none
    std::string destination;  ///< in the container
    bool read_only = false;
  };
  struct Network {
    std::string name;
    std::string address;  ///< of the container in it; empty: none now
    std::vector<std::string> aliases;
  };

  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
  std::string image_id;
  std::string user;  ///< empty: the image's
  std::string working_dir;
  std::string hostname;
  std::string restart_policy;               ///< no, always, unless-stopped, on-failure; empty: not told
  std::optional<std::uint64_t> pids_limit;  ///< nothing: no limit
  bool privileged = false;
  bool read_only_root = false;
  std::vector<Mount> mounts;
  std::vector<Network> networks;
  /// Names and values, in the engine's order. Values are often secrets: they are shown to who asks for them, and go
  /// nowhere else.
  std::vector<std::pair<std::string, std::string>> environment;
  /// Parts that were left out because there were too many, or too long ones.
  std::uint64_t left_out = 0;
};

enum class EnvironmentValues : bool { hidden, shown };

/// Appends it as an object, as in docs/openapi.yaml.
/// @param values hidden: null in the place of each value
void append_json(std::string& out, const ContainerSetup& setup, EnvironmentValues values);

}  // namespace taffrail
