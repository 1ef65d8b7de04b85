#include "expr/notification_variables.hpp"

#include <iterator>

namespace taffrail::expr {
namespace {

const ContainerFields no_container;

constexpr std::size_t log_first = 4;
constexpr std::size_t log_count = 7;
constexpr std::size_t stat_first = log_first + log_count;
constexpr std::size_t stat_count = MetricVariables::container_first;
constexpr std::size_t event_first = stat_first + stat_count;
constexpr std::size_t event_count = 4;
constexpr std::size_t rule_first = event_first + event_count;
constexpr std::size_t rule_count = 3;
constexpr std::size_t group_slot = rule_first + rule_count;
constexpr std::size_t container_first = group_slot + 1;

}  // namespace

const Environment& Environment::notification() {
  static const Environment environment = [] {
    std::vector<Declaration> d = {
        {"id", &string_type, "The notification's id.", ""},
        {"type", &string_type, "log, metric or event.", ""},
        {"detail", &string_type, "What happened, in one line.", "detail"},
        {"timestamp", &time_type, "When it happened.", "timestamp.Format(\"15:04:05\")"},
        {"log.message", &any_type, "The line's text or fields.", "log.message"},
        {"log.text", &any_type, "The line as text.", ""},
        {"log.level", &any_type, "The line's level.", "upper(log.level ?? \"\")"},
        {"log.stream", &any_type, "stdout or stderr.", ""},
        {"log.type", &any_type, "single, group or complex.", ""},
        {"log.timestamp", &any_type, "When the line was written, in milliseconds since 1970.", ""},
        {"log.id", &any_type, "The number of the line.", ""},
        {"event.name", &any_type, "What the engine said happened.", ""},
        {"event.actorId", &any_type, "The container's id.", ""},
        {"event.attributes", &any_type, "The engine's attributes.", "event?.attributes?.exitCode"},
        {"event.timestamp", &any_type, "When it happened.", ""},
        {"rule.id", &integer_type, "The rule's number.", ""},
        {"rule.name", &string_type, "The rule's name.", "rule.name"},
        {"rule.condition", &string_type, "The rule's condition.", ""},
        {"alert.group", &string_type, "The values of the alert's group, as JSON.", ""},
    };
    std::vector<Declaration> stats = MetricVariables::declare("stat.");
    d.insert(d.begin() + stat_first, std::make_move_iterator(stats.begin()), std::make_move_iterator(stats.end()));
    for (Declaration& field : ContainerVariables::declare("container.")) d.push_back(std::move(field));
    return Environment("notification", std::move(d));
  }();
  return environment;
}

Value NotificationVariables::get(std::size_t slot) const {
  if (slot >= container_first)
    return ContainerVariables::field(fields_.container == nullptr ? no_container : *fields_.container,
                                     slot - container_first);
  if (slot == group_slot) return Value(fields_.group);
  if (slot >= rule_first)
    return slot == rule_first ? Value(fields_.rule_id)
                              : Value(slot == rule_first + 1 ? fields_.rule_name : fields_.rule_condition);
  if (slot >= event_first) return fields_.event == nullptr ? Value() : fields_.event->get(slot - event_first);
  if (slot >= stat_first) return fields_.metric == nullptr ? Value() : fields_.metric->get(slot - stat_first);
  if (slot >= log_first) {
    constexpr std::size_t slots[log_count] = {LogVariables::message, LogVariables::text, LogVariables::level,
                                              LogVariables::stream,  LogVariables::type, LogVariables::timestamp,
                                              LogVariables::id};
    return fields_.log == nullptr ? Value() : fields_.log->get(slots[slot - log_first]);
  }
  switch (slot) {
    case 0: return Value(fields_.id);
    case 1: return Value(fields_.type);
    case 2: return Value(fields_.detail);
    default: return Value::time(fields_.time);
  }
}

}  // namespace taffrail::expr
