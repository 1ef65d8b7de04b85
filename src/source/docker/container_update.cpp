#include "source/docker/container_update.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "source/docker/engine_json.hpp"

namespace taffrail::docker {

void keep_inspected(Container& listed, const Container& known) {
  listed.restarts = known.restarts;
  listed.tty = known.tty;
  listed.log_driver = known.log_driver;
  listed.cpu_limit = known.cpu_limit;
  listed.memory_limit = known.memory_limit;
  listed.oom_killed = known.oom_killed;
  listed.created = known.created;
  listed.started = known.started;
  if (listed.state == known.state) listed.finished = known.finished;
}

void apply_event(const ContainerEvent& event, Container& container) {
  const auto attribute = [&](const char* key) -> std::string_view {
    const auto found = event.attributes.find(key);
    return found == event.attributes.end() ? std::string_view() : std::string_view(found->second);
  };
  if (event.action == "start") {
    container.state = ContainerState::running;
    container.started = event.time;
    container.finished.reset();
    container.exit_code.reset();
    container.oom_killed = false;
  } else if (event.action == "die") {
    container.state = ContainerState::exited;
    container.finished = event.time;
    int code = 0;
    const std::string_view text =
        attribute("exitCode").empty() ? attribute("containerExitCode") : attribute("exitCode");
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
    if (error == std::errc()) container.exit_code = code;
    container.health = Health::none;
  } else if (event.action == "pause") {
    container.state = ContainerState::paused;
  } else if (event.action == "unpause") {
    container.state = ContainerState::running;
  } else if (event.action == "oom") {
    container.oom_killed = true;
  } else if (event.action == "rename") {
    if (const std::string_view name = attribute("name"); !name.empty()) apply_labels(container, std::string(name));
  } else if (event.action == "health_status") {
    const std::string_view health = attribute("health");
    if (health == "healthy") container.health = Health::healthy;
    if (health == "unhealthy") container.health = Health::unhealthy;
    if (health == "starting") container.health = Health::starting;
  }
}

bool wants_inspection(std::string_view action) {
  constexpr std::array<std::string_view, 9> actions{"create",  "start",  "die",    "oom",          "pause",
                                                    "unpause", "rename", "update", "health_status"};
  return std::ranges::find(actions, action) != actions.end();
}

}  // namespace taffrail::docker
