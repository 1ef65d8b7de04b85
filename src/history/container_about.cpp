#include "history/container_about.hpp"

#include <array>
#include <boost/json.hpp>
#include <optional>
#include <spdlog/spdlog.h>

#include "base/time_format.hpp"
#include "model/json.hpp"

namespace taffrail::history {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<Time> time_of(const json::object& object, std::string_view key) {
  return parse_rfc3339(text_of(object, key));
}

template <class Number>
std::optional<Number> number_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (!value || !value->is_number()) return std::nullopt;
  boost::system::error_code inexact;
  const Number number = value->to_number<Number>(inexact);
  return inexact ? std::nullopt : std::optional(number);
}

ContainerState state_of(std::string_view name) {
  for (const auto state : {ContainerState::created, ContainerState::running, ContainerState::paused,
                           ContainerState::restarting, ContainerState::exited, ContainerState::dead})
    if (to_string(state) == name) return state;
  return ContainerState::removed;
}

}  // namespace

std::string about(const Container& container) {
  std::string text;
  append_json(text, container, nullptr);
  return text;
}

Container read_about(const ContainerId& id, std::string_view text) {
  boost::system::error_code wrong;
  const json::value value = json::parse(text, wrong);
  Container container;
  container.id = id;
  container.host = id.host();
  container.state = ContainerState::removed;
  if (wrong || !value.is_object()) {
    spdlog::warn("history: what is stored of the container {} is no JSON object; its lines are there", id.str());
    container.name = id.str();
    return container;
  }
  const json::object& object = value.get_object();
  container.name = text_of(object, "name");
  container.image = text_of(object, "image");
  container.command = text_of(object, "command");
  container.state = state_of(text_of(object, "state"));
  container.exit_code = number_of<int>(object, "exit_code");
  if (const json::value* oom = object.if_contains("oom_killed"))
    container.oom_killed = oom->is_bool() && oom->get_bool();
  container.restarts = number_of<std::uint32_t>(object, "restarts");
  container.created = time_of(object, "created");
  container.started = time_of(object, "started");
  container.finished = time_of(object, "finished");
  if (const json::value* labels = object.if_contains("labels"); labels && labels->is_object())
    for (const auto& [name, label] : labels->get_object())
      if (label.is_string()) container.labels.emplace(name, label.get_string());
  container.service = text_of(object, "service");
  container.project = text_of(object, "project");
  container.group = text_of(object, "group");
  if (const json::value* ports = object.if_contains("ports"); ports && ports->is_array())
    for (const json::value& port : ports->get_array())
      if (port.is_string()) container.ports.emplace_back(port.get_string());
  container.log_driver = text_of(object, "log_driver");
  container.cpu_limit = number_of<double>(object, "cpu_limit");
  container.memory_limit = number_of<std::uint64_t>(object, "memory_limit");
  return container;
}

}  // namespace taffrail::history
