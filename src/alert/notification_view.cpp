#include "alert/notification_view.hpp"

#include <cstdint>
#include <string_view>
#include <variant>

#include "model/variables/line_view.hpp"
#include "text/json_writer.hpp"

namespace taffrail::alert {
namespace {

constexpr std::size_t short_id = 12;  // as `docker ps` shows it

const std::map<std::string, std::string>& labels_of(const Notification& notification) {
  static const std::map<std::string, std::string> none;
  return notification.container ? notification.container->labels : none;
}

}  // namespace

std::string group_text(const std::vector<std::pair<std::string, std::string>>& group) {
  std::string out;
  text::JsonWriter json(out);
  json.begin_array();
  for (const auto& [by, value] : group) json.value(value);
  json.end_array();
  return out;
}

NotificationView::NotificationView(const Notification& notification)
    : labels_(labels_of(notification)), attributes_(texts_), variables_(fields_) {
  fields_.id = notification.id;
  fields_.type = notification.rule.type;
  fields_.detail = notification.detail;
  fields_.time = notification.time;
  fields_.rule_id = notification.rule.id;
  fields_.rule_name = notification.rule.name;
  fields_.rule_condition = notification.rule.condition;
  group_ = group_text(notification.alert.group);
  fields_.group = group_;
  if (notification.container) set(*notification.container);
  if (const auto* line = std::get_if<LineFacts>(&notification.trigger)) set(*line);
  if (const auto* sample = std::get_if<SampleFacts>(&notification.trigger))
    fields_.metric = &sample_.emplace(*sample, fields_.container).variables();
  if (const auto* event = std::get_if<EventFacts>(&notification.trigger)) set(*event);
}

void NotificationView::set(const ContainerFacts& container) {
  container_.id = std::string_view(container.id.str()).substr(0, short_id);
  container_.name = container.name;
  container_.image = container.image;
  container_.state = container.state;
  container_.health = container.health;
  container_.host = container.host_name;
  container_.host_id = container.id.host().str();
  container_.service = container.service;
  container_.project = container.project;
  if (container.exit_code) container_.exit_code = *container.exit_code;
  container_.labels = &labels_;
  fields_.container = &container_;
}

void NotificationView::set(const LineFacts& line) {
  expr::LogFields fields;
  fields.text = line.text;
  fields.level = text::to_string(line.level);
  fields.stream = text::to_string(line.stream);
  fields.kind = line_kind(line.kind);
  fields.sequence = static_cast<std::int64_t>(line.seq);
  fields.time = line.time;
  if (line.kind == text::Kind::logfmt) {
    logfmt_.set(line.text);
    fields.logfmt = &logfmt_;
  }
  fields.container = fields_.container;
  log_.set(fields);
  fields_.log = &log_;
}

void NotificationView::set(const EventFacts& event) {
  texts_ = event.attributes;
  event_fields_.name = event.action;
  event_fields_.actor_id = container_.id;
  event_fields_.time = event.time;
  event_fields_.attributes = &attributes_;
  event_fields_.container = fields_.container;
  fields_.event = &event_.emplace(event_fields_);
}

}  // namespace taffrail::alert
