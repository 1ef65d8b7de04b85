#include "expr/event_variables.hpp"

namespace taffrail::expr {
namespace {

const ContainerFields no_container;

}  // namespace

const Environment& Environment::event() {
  static const Environment environment = [] {
    std::vector<Declaration> d = {
        {"name", &string_type, "What happened: start, stop, die, restart, health_status, oom, kill, …",
         "name == \"die\""},
        {"actorId", &string_type, "The container's id, 12 characters.", ""},
        {"attributes", &string_map_type,
         "What the engine says about it: exitCode, signal, image, labels; \"\" for what is not there.",
         "name == \"die\" and attributes[\"exitCode\"] != \"0\""},
        {"timestamp", &time_type, "When it happened.", "timestamp.Hour() < 6"},
    };
    for (Declaration& field : ContainerVariables::declare("container.")) d.push_back(std::move(field));
    return Environment("event", std::move(d));
  }();
  return environment;
}

Value EventVariables::get(std::size_t slot) const {
  switch (slot) {
    case name: return Value(fields_.name);
    case actor_id: return Value(fields_.actor_id);
    case attributes: return Value::object(fields_.attributes == nullptr ? no_strings() : *fields_.attributes);
    case timestamp: return Value::time(fields_.time);
    default:
      return ContainerVariables::field(fields_.container == nullptr ? no_container : *fields_.container,
                                       slot - container_first);
  }
}

}  // namespace taffrail::expr
