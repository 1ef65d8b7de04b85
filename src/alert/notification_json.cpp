#include <cmath>
#include <fmt/format.h>
#include <limits>

#include "alert/json_members.hpp"
#include "alert/notification.hpp"
#include "text/json_writer.hpp"

namespace taffrail::alert {
namespace {

namespace json = boost::json;
using text::JsonWriter;

/// In fifteen digits, which Boost.JSON's reading, a unit in the last place off at times, gives back as they were.
/// JsonWriter's own six are for people.
void fine(JsonWriter& json, std::string_view name, double number) {
  json.key(name);
  if (std::isfinite(number))
    json.raw(fmt::format(FMT_STRING("{:.15g}"), number));
  else
    json.null();
}

void append(JsonWriter& json, const LineFacts& line) {
  json.begin_object().member("seq", line.seq).member("time", line.time).member("place", line.place_time);
  json.member("level", text::to_string(line.level)).member("stream", text::to_string(line.stream));
  json.member("kind", text::to_string(line.kind)).member("text", line.text).member("truncated", line.truncated);
  json.end_object();
}

void append(JsonWriter& json, const SampleFacts& facts) {
  json.begin_object().member("time", facts.sample.time);
  for (const Metric& metric : all_metrics)
    if (const std::optional<double>& value = facts.sample.*metric.value) fine(json, metric.name, *value);
  fine(json, "cpu_percent", facts.cpu_percent);
  fine(json, "memory_percent", facts.memory_percent);
  if (facts.restarts_per_hour) fine(json, "restarts_per_hour", *facts.restarts_per_hour);
  json.key("mounts").begin_array();
  for (const auto& [destination, disk] : facts.mounts)
    json.begin_object()
        .member("destination", destination)
        .member("total", disk.total)
        .member("free", disk.free)
        .member("available", disk.available)
        .end_object();
  json.end_array().end_object();
}

void append(JsonWriter& json, const EventFacts& event) {
  json.begin_object().member("action", event.action).member("time", event.time);
  json.member("attributes", event.attributes).end_object();
}

void append(JsonWriter& json, const ContainerFacts& container) {
  json.begin_object().member("id", container.id.str()).member("host", container.id.host().str());
  json.member("host_name", container.host_name).member("name", container.name).member("image", container.image);
  json.member("state", container.state).member("health", container.health).member("service", container.service);
  json.member("project", container.project).member("exit_code", container.exit_code);
  json.member("labels", container.labels).end_object();
}

void append(JsonWriter& json, const RuleFacts& rule) {
  json.begin_object().member("id", rule.id).member("version", rule.version).member("name", rule.name);
  json.member("severity", to_string(rule.severity)).member("containers", rule.containers).member("type", rule.type);
  json.member("condition", rule.condition).member("cooldown_seconds", rule.cooldown_seconds);
  json.member("labels", rule.labels).member("runbook", rule.runbook).end_object();
}

void append(JsonWriter& json, const AlertFacts& alert) {
  json.begin_object().member("id", alert.id).member("state", to_string(alert.state)).key("group").begin_array();
  for (const auto& [by, value] : alert.group) json.begin_object().member("by", by).member("is", value).end_object();
  json.end_array().member("count", alert.count).member("late", alert.late).member("started", alert.started);
  json.end_object();
}

void read(JsonMembers from, LineFacts& line) {
  from.read("seq", line.seq);
  from.read("time", line.time);
  from.read("place", line.place_time);
  std::string level(text::to_string(line.level));
  from.read("level", level);
  if (const auto known = text::parse_level(level))
    line.level = *known;
  else
    from.fail_at("level", "is no level");
  from.read("stream", line.stream, {text::StdStream::out, text::StdStream::err});
  from.read("kind", line.kind, {text::Kind::text, text::Kind::json, text::Kind::logfmt});
  from.read("text", line.text);
  from.read("truncated", line.truncated);
}

void read(JsonMembers from, SampleFacts& facts) {
  from.read("time", facts.sample.time);
  for (const Metric& metric : all_metrics) from.read(metric.name, facts.sample.*metric.value);
  from.read("cpu_percent", facts.cpu_percent);
  from.read("memory_percent", facts.memory_percent);
  from.read("restarts_per_hour", facts.restarts_per_hour);
  for (JsonMembers& entry : from.objects("mounts", std::numeric_limits<std::size_t>::max())) {
    auto& [destination, disk] = facts.mounts.emplace_back();
    entry.read("destination", destination);
    entry.read("total", disk.total);
    entry.read("free", disk.free);
    entry.read("available", disk.available);
  }
}

void read(JsonMembers from, EventFacts& event) {
  from.read("action", event.action);
  from.read("time", event.time);
  from.read("attributes", event.attributes);
}

void read(JsonMembers from, ContainerFacts& container) {
  std::string id;
  std::string host;
  from.read("id", id);
  from.read("host", host);
  container.id = ContainerId(HostId(host), id);
  from.read("host_name", container.host_name);
  from.read("name", container.name);
  from.read("image", container.image);
  from.read("state", container.state);
  from.read("health", container.health);
  from.read("service", container.service);
  from.read("project", container.project);
  from.read("exit_code", container.exit_code);
  from.read("labels", container.labels);
}

void read(JsonMembers from, RuleFacts& rule) {
  from.read("id", rule.id);
  from.read("version", rule.version);
  from.read("name", rule.name);
  from.read("severity", rule.severity, {Severity::info, Severity::warning, Severity::critical});
  from.read("containers", rule.containers);
  from.read("type", rule.type);
  from.read("condition", rule.condition);
  from.read("cooldown_seconds", rule.cooldown_seconds);
  from.read("labels", rule.labels);
  from.read("runbook", rule.runbook);
}

void read(JsonMembers from, AlertFacts& alert) {
  from.read("id", alert.id);
  from.read("state", alert.state,
            {AlertState::firing, AlertState::acknowledged, AlertState::silenced, AlertState::resolved});
  for (JsonMembers& entry : from.objects("group", std::numeric_limits<std::size_t>::max())) {
    auto& [by, value] = alert.group.emplace_back();
    entry.read("by", by);
    entry.read("is", value);
  }
  from.read("count", alert.count);
  from.read("late", alert.late);
  from.read("started", alert.started);
}

/// Of a notification's trigger the one that is there.
template <class Facts>
void read_trigger(JsonMembers& from, std::string_view key, Notification& notification) {
  if (const auto member = from.object(key)) read(*member, notification.trigger.emplace<Facts>());
}

}  // namespace

std::string to_json(const Notification& notification) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("id", notification.id).member("kind", to_string(notification.kind));
  json.member("time", notification.time);
  append(json.key("rule"), notification.rule);
  append(json.key("alert"), notification.alert);
  if (notification.container) append(json.key("container"), *notification.container);
  if (const auto* line = std::get_if<LineFacts>(&notification.trigger)) append(json.key("log"), *line);
  if (const auto* sample = std::get_if<SampleFacts>(&notification.trigger)) append(json.key("sample"), *sample);
  if (const auto* event = std::get_if<EventFacts>(&notification.trigger)) append(json.key("event"), *event);
  json.member("detail", notification.detail).member("message", notification.message);
  json.key("more").begin_array();
  for (const LineFacts& line : notification.more) append(json, line);
  json.end_array().member("link", notification.link);
  if (!notification.silence_link.empty()) json.member("silence_link", notification.silence_link);
  json.end_object();
  return out;
}

std::string to_json(const LineFacts& line) {
  std::string out;
  JsonWriter json(out);
  append(json, line);
  return out;
}

Result<Notification> notification_of(std::string_view text) {
  const auto object = read_json_object(text, longest_notification, "notification");
  if (!object) return std::unexpected(object.error());
  Notification notification;
  std::optional<Error> failed;
  JsonMembers from(*object, "", failed);
  from.read("id", notification.id);
  if (notification.id.empty()) from.fail_at("id", "is missing");
  from.read("kind", notification.kind,
            {NotificationKind::fired, NotificationKind::repeated, NotificationKind::resolved,
             NotificationKind::escalated, NotificationKind::test});
  from.read("time", notification.time);
  if (const auto rule = from.object("rule")) read(*rule, notification.rule);
  if (const auto alert = from.object("alert")) read(*alert, notification.alert);
  if (const auto container = from.object("container")) read(*container, notification.container.emplace());
  read_trigger<LineFacts>(from, "log", notification);
  read_trigger<SampleFacts>(from, "sample", notification);
  read_trigger<EventFacts>(from, "event", notification);
  from.read("detail", notification.detail);
  from.read("message", notification.message);
  for (const JsonMembers& line : from.objects("more", Notification::most_lines))
    read(line, notification.more.emplace_back());
  from.read("link", notification.link);
  from.read("silence_link", notification.silence_link);
  if (failed) return std::unexpected(*std::move(failed));
  return notification;
}

}  // namespace taffrail::alert
