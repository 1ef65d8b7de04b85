#include "expr/container_variables.hpp"

namespace taffrail::expr {
namespace {

// One entry for each slot of ContainerVariables::field.
struct Entry {
  std::string_view name;
  const Type* type;
  std::string_view help;
  std::string_view example;
};

constexpr Entry entries[] = {
    {"id", &string_type, "The container's id, 12 characters.", "id startsWith \"4f2a\""},
    {"name", &string_type, "The container's name.", "name contains \"api\""},
    {"image", &string_type, "The image it runs.", "image startsWith \"postgres:\""},
    {"state", &string_type, "created, running, paused, restarting, removing, exited, dead or removed.",
     "state == \"exited\""},
    {"health", &string_type, "starting, healthy, unhealthy, or \"\" without a health check.",
     "health == \"unhealthy\""},
    {"host", &string_type, "The name of the host.", "host == \"db-1\""},
    {"hostName", &string_type, "The name of the host.", "hostName == \"db-1\""},
    {"hostId", &string_type, "The id of the host's engine.", ""},
    {"service", &string_type, "The Compose or Swarm service, or \"\".", "service == \"api\""},
    {"project", &string_type, "The Compose project or stack, or \"\".", "project == \"shop\""},
    {"group", &string_type, "The group given by a label, or \"\".", "group == \"backend\""},
    {"labels", &string_map_type, "The container's labels; \"\" for one that is not there.",
     "labels[\"env\"] == \"prod\""},
    {"restarts", &integer_type, "How often the engine restarted it.", "restarts > 3"},
    {"exitCode", &any_type, "The exit code of its last run, or nil.", "exitCode != nil and exitCode != 0"},
    {"created", &any_type, "When it was created, or nil.", "now() - created < duration(\"1h\")"},
    {"started", &any_type, "When it was started last, or nil.", ""},
    {"finished", &any_type, "When it stopped last, or nil.", ""},
    {"running", &boolean_type, "Whether its state is running.", "running and health != \"healthy\""},
};
static_assert(std::size(entries) == ContainerVariables::count);

Value instant(const std::optional<Time>& time) { return time ? Value::time(*time) : Value(); }

}  // namespace

Value ContainerVariables::field(const ContainerFields& f, std::size_t slot) {
  switch (slot) {
    case 0: return Value(f.id);
    case 1: return Value(f.name);
    case 2: return Value(f.image);
    case 3: return Value(f.state);
    case 4: return Value(f.health);
    case 5:
    case 6: return Value(f.host);
    case 7: return Value(f.host_id);
    case 8: return Value(f.service);
    case 9: return Value(f.project);
    case 10: return Value(f.group);
    case 11: return Value::object(f.labels == nullptr ? no_strings() : *f.labels);
    case 12: return Value(f.restarts);
    case 13: return f.exit_code ? Value(*f.exit_code) : Value();
    case 14: return instant(f.created);
    case 15: return instant(f.started);
    case 16: return instant(f.finished);
    case 17: return Value(f.state == "running");
    default: return {};
  }
}

std::vector<Declaration> ContainerVariables::declare(std::string_view prefix) {
  std::vector<Declaration> declarations;
  for (const Entry& e : entries) {
    // Examples are expressions over containers; with a prefix they would be wrong.
    declarations.push_back({std::string(prefix) + std::string(e.name), e.type, std::string(e.help),
                            prefix.empty() ? std::string(e.example) : ""});
  }
  return declarations;
}

const Environment& Environment::container() {
  static const Environment environment("container", ContainerVariables::declare(""));
  return environment;
}

}  // namespace taffrail::expr
