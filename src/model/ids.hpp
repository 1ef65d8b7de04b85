#pragma once

#include "base/id.hpp"

namespace taffrail {

/// A container as its engine names it (64 hex digits), or as its source makes it up; unique over all hosts of a server.
using ContainerId = Id<struct ContainerTag>;
/// An engine or another place that containers live on.
using HostId = Id<struct HostTag>;

}  // namespace taffrail
