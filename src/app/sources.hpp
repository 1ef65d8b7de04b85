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
#include "source/docker/discovery.hpp"
#include "source/docker/docker_source.hpp"
#include "source/source.hpp"

namespace taffrail {

/// The sources of a server, and a sentence for its users when they are others than those expect.
struct Sources {
  /// Threads for each source that reads files, its own: a network mount that hangs holds up what lies on it, and
  /// neither other sources nor requests. They outlive `all`.
  std::vector<std::unique_ptr<WorkerPool>> file_workers;
  /// Of the cgroup files of all engines. It outlives `all`.
  std::unique_ptr<cgroup::DescriptorBudget> descriptors = std::make_unique<cgroup::DescriptorBudget>();
  std::vector<std::unique_ptr<Source>> all;
  std::string notice;
  std::vector<const docker::DockerSource*> engines;  ///< those of `all` that are engines, for their metrics
};

/// Makes the sources that the configuration asks for. When it asks for none, these are the engines found (see
/// docker::discover_engines), and the demo when there is none.
/// @param clock, workers outlive the sources
[[nodiscard]] Result<Sources> make_sources(const Config& config, const docker::Surroundings& surroundings,
                                           const Executor& executor, WorkerPool& workers, const Clock& clock);

}  // namespace taffrail
