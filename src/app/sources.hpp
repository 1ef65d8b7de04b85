#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "source/docker/docker_source.hpp"
#include "source/source.hpp"

namespace taffrail {

using Variable = std::function<std::optional<std::string>(const char*)>;

/// The sources of a server, and a sentence for its users when they are others than those expect.
struct Sources {
  std::vector<std::unique_ptr<Source>> all;
  std::string notice;
  std::vector<const docker::DockerSource*> engines;  ///< those of `all` that are engines, for their metrics
};

/// Makes the sources that the configuration asks for. When it asks for none, these are the engines found (see
/// find_engines), and the demo when there is none.
/// @param clock, workers outlive the sources
[[nodiscard]] Result<Sources> make_sources(const Config& config, const Variable& variable, const Executor& executor,
                                           WorkerPool& workers, const Clock& clock);

/// The local engines: where DOCKER_HOST points, else Docker's socket, else Podman's (of this user, then of root). A
/// unix socket counts when somebody listens on it, or when this process may not ask: that is for its owner to hear.
/// Errors: a DOCKER_HOST that is no address.
[[nodiscard]] Result<std::vector<net::Endpoint>> find_engines(const Variable& variable);

}  // namespace taffrail
