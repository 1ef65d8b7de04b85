#pragma once

#include <cstddef>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "model/container.hpp"
#include "model/stats.hpp"

namespace taffrail {

/// Finds what containers went through before, those that are gone among them: their events, and how they did. A
/// history is one. Errors of both: the store's.
class PastFinder {
 public:
  virtual ~PastFinder() = default;
  /// The newest `most` events of these containers since a time, oldest first.
  virtual Task<Result<std::vector<ContainerEvent>>> past_events(std::vector<ContainerId> containers, Time since,
                                                                std::size_t most) = 0;
  /// How a container did in [since, until), oldest first: means of ten seconds, further back of longer steps, with the
  /// time at which each begins.
  virtual Task<Result<std::vector<StatSample>>> past_samples(ContainerId container, Time since, Time until) = 0;
};

}  // namespace taffrail
