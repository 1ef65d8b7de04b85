#include "model/container.hpp"

namespace taffrail {

std::string_view to_string(HostState state) {
  switch (state) {
    case HostState::connecting: return "connecting";
    case HostState::connected: return "connected";
    case HostState::unreachable: return "unreachable";
  }
  return "unreachable";
}

std::string_view to_string(ContainerState state) {
  switch (state) {
    case ContainerState::created: return "created";
    case ContainerState::running: return "running";
    case ContainerState::paused: return "paused";
    case ContainerState::restarting: return "restarting";
    case ContainerState::exited: return "exited";
    case ContainerState::dead: return "dead";
    case ContainerState::removed: return "removed";
  }
  return "dead";
}

std::string_view to_string(Health health) {
  switch (health) {
    case Health::none: return "none";
    case Health::starting: return "starting";
    case Health::healthy: return "healthy";
    case Health::unhealthy: return "unhealthy";
  }
  return "none";
}

}  // namespace taffrail
