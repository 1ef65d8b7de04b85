#pragma once

#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "model/container.hpp"
#include "model/stats.hpp"

namespace taffrail {

/// What a container went through while nobody looked.
struct ContainerPast {
  std::vector<ContainerEvent> events;  ///< oldest first
  std::vector<StatSample> samples;     ///< oldest first
};

/// What a source is, too, that knows what its containers went through before it was asked for the first time.
class TellsPast {
 public:
  virtual ~TellsPast() = default;
  /// What happened to a container in [since, until), and how it did, one sample for each `step` in which it ran.
  /// Errors: not_found, unavailable.
  virtual Task<Result<ContainerPast>> past_of(ContainerId id, Time since, Time until, Duration step) = 0;
};

}  // namespace taffrail
