#include "alert/destination/webhook_body.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <vector>

#include "alert/notification_view.hpp"
#include "base/ascii.hpp"
#include "base/time_format.hpp"
#include "expr/environment.hpp"
#include "expr/template.hpp"
#include "model/variables/logfmt_fields.hpp"
#include "text/json_writer.hpp"

namespace taffrail::alert {
namespace {

using text::JsonWriter;

constexpr std::size_t short_id = 12;  // as `docker ps` shows it

std::string_view shortened(std::string_view id) { return id.substr(0, short_id); }

/// Nobody looks after its health: the reference says that with an empty text.
std::string_view health_of(const ContainerFacts& container) {
  return container.health == "none" ? std::string_view() : std::string_view(container.health);
}

/// Go's RFC3339Nano, which leaves out the zeros at the end.
std::string go_time(Time time) {
  std::string text = to_rfc3339(time);
  text.pop_back();
  text.resize(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text + 'Z';
}

/// The reference numbers a line by the 32-bit FNV-1a of how the engine gives it.
std::uint32_t line_number(const LineFacts& line) {
  std::uint32_t hash = 2166136261U;
  for (const char c : to_rfc3339(line.time) + ' ' + line.text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 16777619U;
  }
  return hash;
}

/// The fields of a JSON or logfmt line, else its text. JSON stays as the bytes that the container wrote, numbers and
/// all, once a strict reader has taken it.
void append_message(JsonWriter& json, const LineFacts& line) {
  if (line.kind == text::Kind::json) {
    boost::system::error_code failed;
    if (boost::json::parse(line.text, failed).is_object() && !failed) {
      json.raw(ascii::trim(line.text));
      return;
    }
  } else if (line.kind == text::Kind::logfmt) {
    LogfmtFields fields;
    fields.set(line.text);
    json.begin_object();
    fields.each([&](std::string_view name, expr::Value value) { json.member(name, value.as_string()); });
    json.end_object();
    return;
  }
  json.value(line.text);
}

std::string_view type_of(const LineFacts& line) { return line.kind == text::Kind::text ? "single" : "complex"; }

void append_container(JsonWriter& json, const ContainerFacts& container) {
  json.begin_object().member("id", shortened(container.id.str())).member("name", container.name);
  json.member("image", container.image).member("state", container.state).member("health", health_of(container));
  json.member("hostId", container.id.host().str()).member("hostName", container.host_name);
  json.member("labels", container.labels).end_object();
}

void append_log(JsonWriter& json, const LineFacts& line) {
  json.begin_object().member("id", line_number(line));
  append_message(json.key("message"), line);
  json.member("timestamp", std::chrono::floor<std::chrono::milliseconds>(line.time).time_since_epoch().count());
  json.member("level", text::to_string(line.level)).member("stream", text::to_string(line.stream));
  json.member("type", type_of(line)).end_object();
}

void append_sample(JsonWriter& json, const SampleFacts& facts) {
  json.begin_object().member("cpu", facts.cpu_percent).member("memory", facts.memory_percent);
  json.member("memoryUsage", static_cast<std::uint64_t>(facts.sample.memory.value_or(0)));
  if (!facts.mounts.empty()) {
    json.key("mounts").begin_array();
    for (const auto& [destination, disk] : facts.mounts) {
      json.begin_object().member("destination", destination).member("totalBytes", disk.total);
      json.member("freeBytes", disk.free).member("usedBytes", disk.used());
      json.member("usedPercent", disk.used_percent()).member("availableBytes", disk.available).end_object();
    }
    json.end_array();
  }
  json.end_object();
}

void append_event(JsonWriter& json, const EventFacts& event, std::string_view actor) {
  json.begin_object().member("name", event.action).member("actorId", shortened(actor));
  json.member("attributes", event.attributes).member("timestamp", go_time(event.time)).end_object();
}

void append_subscription(JsonWriter& json, const RuleFacts& rule) {
  json.begin_object().member("id", rule.id).member("name", rule.name);
  if (rule.type == "log") json.member("logExpression", rule.condition);
  json.member("containerExpression", rule.containers);
  if (rule.type == "metric") json.member("metricExpression", rule.condition);
  if (rule.type == "event") json.member("eventExpression", rule.condition);
  if (rule.cooldown_seconds > 0) json.member("cooldown", rule.cooldown_seconds);
  json.end_object();
}

void append_rule(JsonWriter& json, const RuleFacts& rule) {
  json.begin_object().member("id", rule.id).member("version", rule.version).member("name", rule.name);
  json.member("severity", to_string(rule.severity)).member("labels", rule.labels).member("runbook", rule.runbook);
  json.end_object();
}

void append_alert(JsonWriter& json, const Notification& notification) {
  const AlertFacts& alert = notification.alert;
  json.begin_object().member("id", alert.id).member("state", to_string(alert.state)).key("group").begin_object();
  for (const auto& [by, value] : alert.group) json.member(by, value);
  json.end_object().member("count", alert.count).member("late", alert.late);
  json.member("kind", to_string(notification.kind)).member("started", alert.started);
  json.member("message", notification.message).key("lines").begin_array();
  for (const LineFacts& line : notification.more) json.value(line.text);
  json.end_array().end_object();
}

}  // namespace

std::string webhook_body(const Notification& notification) {
  std::string out;
  JsonWriter json(out);
  const ContainerFacts unknown;
  const ContainerFacts& container = notification.container ? *notification.container : unknown;
  json.begin_object().member("id", notification.id).member("type", notification.rule.type);
  json.member("detail", notification.detail);
  append_container(json.key("container"), container);
  if (const auto* line = std::get_if<LineFacts>(&notification.trigger)) append_log(json.key("log"), *line);
  if (const auto* sample = std::get_if<SampleFacts>(&notification.trigger)) append_sample(json.key("stat"), *sample);
  if (const auto* event = std::get_if<EventFacts>(&notification.trigger))
    append_event(json.key("event"), *event, container.id.str());
  append_subscription(json.key("subscription"), notification.rule);
  json.member("timestamp", go_time(notification.time));
  append_rule(json.key("rule"), notification.rule);
  append_alert(json.key("alert"), notification);
  json.member("link", notification.link).member("silence_link", notification.silence_link).end_object();
  return out;
}

Result<RenderedBody> rendered_body(std::string_view source, const Notification& notification) {
  const auto compiled = expr::Template::compile(source, expr::Environment::notification());
  if (!compiled) return fail(ErrorCode::invalid_argument, "template: " + compiled.error().to_error().detail);
  const NotificationView view(notification);
  auto rendered = compiled->render(view.variables());
  if (!rendered) return fail(rendered.error().code, "template: " + rendered.error().detail);
  if (ascii::trim(rendered->text).empty()) {
    const std::string why = rendered->failures.empty() ? "" : ": " + rendered->failures.front().to_error().detail;
    return fail(ErrorCode::invalid_argument, "the template gives nothing for this notification" + why);
  }
  return RenderedBody{std::move(rendered->text), compiled->is_json()};
}

}  // namespace taffrail::alert
