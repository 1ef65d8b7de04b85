#pragma once

#include "base/result.hpp"
#include "base/task.hpp"
#include "model/container_setup.hpp"
#include "model/ids.hpp"

namespace taffrail {

/// What a source is, too, when it knows how its containers were set up: an engine does, a folder of files does not.
class TellsSetup {
 public:
  virtual ~TellsSetup() = default;
  /// How it was set up, with its environment: asked for when a person looks at it, and not kept. Errors: not_found,
  /// unavailable.
  virtual Task<Result<ContainerSetup>> setup_of(ContainerId id) = 0;
};

}  // namespace taffrail
