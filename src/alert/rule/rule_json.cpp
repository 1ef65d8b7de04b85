#include <fmt/format.h>

#include "alert/rule/rule.hpp"
#include "base/time_format.hpp"
#include "text/json_writer.hpp"

namespace taffrail::alert {
namespace {

std::string_view key_of(RuleType type) {
  switch (type) {
    case RuleType::log: return "log";
    case RuleType::metric: return "metric";
    case RuleType::event: return "event";
  }
  return "";
}

std::string_view key_of(RuleSpec::Aggregate aggregate) {
  switch (aggregate) {
    case RuleSpec::Aggregate::avg: return "avg";
    case RuleSpec::Aggregate::max: return "max";
    case RuleSpec::Aggregate::rate: return "rate";
  }
  return "";
}

// The writer's own form of numbers has six digits.
std::string exact(double number) { return fmt::format("{}", number); }

std::string time_of_day(std::int32_t of) { return fmt::format("{:02}:{:02}", of / 3600, of / 60 % 60); }

void write_destinations(text::JsonWriter& json, const std::vector<DestinationId>& ids,
                        const std::vector<std::string>& names) {
  if (ids.empty() && names.empty()) return;
  json.key("destinations").begin_array();
  for (const DestinationId id : ids) json.value(id);
  for (const std::string& name : names) json.value(name);
  json.end_array();
}

void write_modifiers(text::JsonWriter& json, const RuleSpec& spec) {
  if (spec.count) {
    json.key("count").begin_object().member("over", spec.count->over);
    json.member("in", to_duration_text(spec.count->in)).end_object();
  }
  if (spec.absent && spec.absent_always) {
    json.key("absent").begin_object().member("for", to_duration_text(*spec.absent)).member("always", true).end_object();
  } else if (spec.absent) {
    json.member("absent", to_duration_text(*spec.absent));
  }
  if (spec.spike) {
    json.key("spike").begin_object().key("factor").raw(exact(spec.spike->factor));
    json.member("in", to_duration_text(spec.spike->in));
    if (spec.spike->min != 0) json.member("min", spec.spike->min);
    json.end_object();
  }
  if (spec.hold) json.member("for", to_duration_text(*spec.hold));
  if (spec.share != 1) json.key("share").raw(exact(spec.share));
  if (spec.window) {
    json.key("window").begin_object();
    json.member(key_of(spec.window->aggregate), to_duration_text(spec.window->length)).end_object();
  }
  if (!spec.by.empty()) {
    json.key("by").begin_array();
    for (const std::string& expression : spec.by) json.value(expression);
    json.end_array();
  }
}

void write_schedule(text::JsonWriter& json, const RuleSpec::Schedule& schedule) {
  constexpr std::string_view days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  json.key("schedule").begin_object();
  if (schedule.days != RuleSpec::Schedule{}.days) {
    json.key("days").begin_array();
    for (std::size_t i = 0; i < std::size(days); ++i)
      if ((schedule.days >> i & 1U) != 0) json.value(days[i]);
    json.end_array();
  }
  if (schedule.from != RuleSpec::Schedule{}.from) json.member("from", time_of_day(schedule.from));
  if (schedule.to != RuleSpec::Schedule{}.to) json.member("to", time_of_day(schedule.to));
  if (!schedule.zone.empty()) json.member("zone", schedule.zone);
  json.end_object();
}

}  // namespace

std::string to_json(const RuleSpec& spec) {
  std::string out;
  text::JsonWriter json(out);
  json.begin_object().member("name", spec.name).member("enabled", spec.enabled);
  json.member("severity", to_string(spec.severity));
  if (!spec.labels.empty()) json.member("labels", spec.labels);
  if (!spec.runbook.empty()) json.member("runbook", spec.runbook);
  if (!spec.message.empty()) json.member("message", spec.message);
  if (spec.containers != RuleSpec{}.containers) json.member("containers", spec.containers);
  json.member(key_of(spec.type), spec.condition);
  write_modifiers(json, spec);
  if (spec.cooldown) json.member("cooldown", to_duration_text(*spec.cooldown));
  if (spec.resolve_after) json.member("resolve", to_duration_text(*spec.resolve_after));
  if (!spec.resolve_when.empty()) json.member("resolve", spec.resolve_when);
  if (spec.schedule) write_schedule(json, *spec.schedule);
  write_destinations(json, spec.destinations, spec.destination_names);
  if (spec.escalate) {
    json.key("escalate").begin_object().member("after", to_duration_text(spec.escalate->after));
    write_destinations(json, spec.escalate->destinations, spec.escalate->destination_names);
    json.end_object();
  }
  json.end_object();
  return out;
}

}  // namespace taffrail::alert
