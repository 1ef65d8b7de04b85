#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/container.hpp"
#include "model/stats.hpp"

namespace taffrail::docker {

// The shapes of the Engine API (docs.docker.com/engine/api, versions 1.24 and up) and of Podman's compatible one, read
// into the model. Every function takes one JSON document from an engine that may be broken or hostile: what is missing
// or of another type is left at its default, only a document of the wrong kind is an Error (protocol).

//
// What is kept of an answer is bounded, each part with room for what people really write: names and labels are text for
// people and keys for rules, not storage.

/// Whether `id` can be a container's: up to 128 letters and digits, so that it can be put into a request's path as it
/// is. Containers of other ids are left out everywhere.
[[nodiscard]] bool is_container_id(std::string_view id);

/// What was left out of an engine's answers.
struct Refusals {
  std::uint64_t entries = 0;     ///< of a list: without a proper id, too large, or not what the API describes
  std::uint64_t duplicates = 0;  ///< of a list: an id that it has twice
  std::uint64_t labels = 0;      ///< labels and other strings beyond what one container may have
  std::uint64_t events = 0;      ///< that are not what the API describes
  std::uint64_t strangers = 0;   ///< events of containers that no list knows, beyond how many are taken on trust
  std::uint64_t paths = 0;       ///< of log files that are not the container's own
};

/// `GET /version`.
struct EngineVersion {
  std::string engine;           ///< "20.10.24"
  std::string api_version;      ///< the highest it speaks, "1.41"
  std::string min_api_version;  ///< the lowest; empty where it does not say
  bool podman = false;
};
[[nodiscard]] Result<EngineVersion> parse_version(std::string_view json);

/// `GET /info`.
struct EngineInfo {
  std::string id;  ///< letters, digits and ":.-_"; empty with Podman, and for any other text
  std::string name;
  std::string os;  ///< "Debian GNU/Linux 12"
  std::string arch;
  std::string engine;
  std::optional<std::uint32_t> cpus;
  std::optional<std::uint64_t> memory;  ///< bytes
  std::string data_root;                ///< the folder that the engine keeps everything in
};
[[nodiscard]] Result<EngineInfo> parse_info(std::string_view json);

/// One entry of `GET /containers/json`. Errors: protocol for one without a proper id.
[[nodiscard]] Result<Container> parse_list_entry(std::string_view json, const HostId& host, Refusals& refusals);

/// Where a folder of the engine's host is in a container.
struct MountPoint {
  std::string source;       ///< on the host, absolute
  std::string destination;  ///< in the container
  friend bool operator==(const MountPoint&, const MountPoint&) = default;
};
/// Those of a container; null: none.
using MountPoints = std::shared_ptr<const std::vector<MountPoint>>;

/// What an inspection tells beyond the model, for reading logs and metrics.
struct Inspection {
  Container container;
  MountPoints mounts;
  std::string log_path;                            ///< where the engine keeps the log; empty: nowhere
  std::map<std::string, std::string> log_options;  ///< max-size, max-file, compress, …
  std::int64_t pid = 0;                            ///< of its first process, on the engine's host; 0: none
};
/// `GET /containers/{id}/json`.
[[nodiscard]] Result<Inspection> parse_inspection(std::string_view json, const HostId& host, Refusals& refusals);

/// One line of `GET /events`, with the action's argument cut off ("health_status: healthy" is health_status with the
/// attribute `health`) and Podman's names of actions made Docker's. Nothing for events that concern no container.
[[nodiscard]] Result<std::optional<ContainerEvent>> parse_event(std::string_view json, const HostId& host,
                                                                Refusals& refusals);

/// One document of `GET /containers/{id}/stats`. Nothing when the container does not run (all times are zero then).
/// `time` is the engine's own; `steady` is not set.
[[nodiscard]] Result<std::optional<StatCounters>> parse_stats(std::string_view json);

/// `{"message": "…"}`, the body of the engine's refusals; the start of the body itself when it is something else.
[[nodiscard]] std::string parse_error_message(std::string_view body);

/// Sets name, service, project and group from the labels: taffrail.* before dev.dozzle.*, compose before swarm.
/// @param engine_name the name that the engine gave, with or without its leading '/'
void apply_labels(Container& container, std::string_view engine_name);

/// "Exited (137) 3 weeks ago" → 137; nothing where the status of a list entry says none.
[[nodiscard]] std::optional<int> exit_code_of_status(std::string_view status);
/// "Up 2 hours (healthy)", "Up 3 seconds (health: starting)".
[[nodiscard]] Health health_of_status(std::string_view status);
/// "running", "exited", and Podman's "configured", "stopped", …; what is unknown is dead.
[[nodiscard]] ContainerState state_of(std::string_view state);

}  // namespace taffrail::docker
