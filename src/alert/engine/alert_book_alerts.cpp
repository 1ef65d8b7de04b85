#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "alert/engine/alert_book.hpp"

// What follows from what a group decides: alerts, and what is told of them.

namespace taffrail::alert {
namespace {

std::string_view type_of(RuleType type) {
  switch (type) {
    case RuleType::log: return "log";
    case RuleType::metric: return "metric";
    case RuleType::event: return "event";
  }
  return "";
}

}  // namespace

ContainerFacts facts_of(const Container& container, std::string_view host_name) {
  ContainerFacts facts;
  facts.id = container.id;
  facts.host_name = host_name;
  facts.name = container.name;
  facts.image = container.image;
  facts.state = to_string(container.state);
  facts.health = to_string(container.health);
  facts.service = container.service;
  facts.project = container.project;
  facts.exit_code = container.exit_code;
  facts.labels = container.labels;
  return facts;
}

RuleFacts facts_of(const Rule& rule) {
  const RuleSpec& spec = rule.spec();
  RuleFacts facts;
  facts.id = rule.id();
  facts.version = rule.version();
  facts.name = spec.name;
  facts.severity = spec.severity;
  facts.containers = spec.containers;
  facts.type = type_of(spec.type);
  facts.condition = spec.condition;
  facts.cooldown_seconds = std::chrono::duration_cast<std::chrono::seconds>(rule.cooldown()).count();
  facts.labels = spec.labels;
  facts.runbook = spec.runbook;
  return facts;
}

AlertId AlertBook::follow(Group& group, const GroupState::Decision& decision, Trigger trigger) {
  if (decision.resolves && group.alert != 0) end_alert(group, decision, decision.fires ? Trigger(trigger) : trigger);
  const bool begins = decision.fires || (decision.repeats && group.alert == 0);
  if (begins) begin_alert(group);
  if (begins || decision.repeats)
    tell(group, begins ? NotificationKind::fired : NotificationKind::repeated, decision.count, std::move(trigger));
  touch(group);
  return begins ? group.alert : 0;
}

void AlertBook::begin_alert(Group& group) {
  const RuleSpec& spec = group.of->rule->spec();
  AlertRow alert;
  alert.id = ++last_alert_;
  alert.rule = group.of->rule->id();
  alert.severity = spec.severity;
  alert.container = group.container;
  alert.started = alert.changed = clock_.now();
  if (spec.escalate) {
    alert.escalate = moved(alert.started, spec.escalate->after);
    escalations_.emplace(*alert.escalate, alert.id);
  }
  group.alert = alert.id;
  alerts_.emplace(alert.id, std::move(alert));
}

void AlertBook::end_alert(Group& group, const GroupState::Decision& decision, Trigger trigger) {
  const auto at = alerts_.find(group.alert);
  if (at == alerts_.end()) return;
  tell_untold(group);
  const bool was_silent = at->second.state == AlertState::silenced;
  at->second.state = AlertState::resolved;
  at->second.ended = clock_.now();
  at->second.escalate.reset();
  if (!decision.quietly && !was_silent) {
    Notification over = notification(group, NotificationKind::resolved, decision.count, std::move(trigger));
    if (over.detail.empty()) over.detail = "it is over";
    std::vector<DestinationId> destinations = group.of->rule->spec().destinations;
    send(std::move(over), std::to_string(group.of->rule->id()) + ' ' + group.name, destinations);
  }
  changed(at->second);
  alerts_.erase(at);
  group.alert = 0;
}

void AlertBook::tell(Group& group, NotificationKind kind, std::uint64_t count, Trigger trigger) {
  const Time now = clock_.now();
  // A clock that was set back begins a new one, too.
  if (now >= moved(group.burst_began, options_.burst_length) || now < group.burst_began) {
    tell_untold(group);
    group.burst_began = now;
    group.told = 0;
  }
  if (group.told >= options_.burst) {
    group.untold += std::max<std::uint64_t>(count, 1);
    if (!group.first_untold) {
      group.first_untold = std::move(trigger);
    } else if (auto* line = std::get_if<LineFacts>(&trigger.facts)) {
      constexpr std::size_t samples = 5;
      if (group.first_untold->more.size() < samples) group.first_untold->more.push_back(std::move(*line));
    }
    if (const auto alert = alerts_.find(group.alert); alert != alerts_.end()) {
      alert->second.count += count;
      changed(alert->second);
    }
    return;
  }
  ++group.told;
  Notification told = notification(group, kind, count, std::move(trigger));
  const auto alert = alerts_.find(group.alert);
  if (alert == alerts_.end()) return;
  alert->second.count += std::max<std::uint64_t>(count, 1);
  set_silenced(alert->second, is_silenced_(told));
  told.alert.state = alert->second.state;
  const bool silent = alert->second.state == AlertState::silenced;
  AlertRow& row = changed(alert->second);
  if (kind == NotificationKind::fired) {
    row.json = to_json(told);
    changes_.bytes += row.json.size();
  }
  send(std::move(told), std::to_string(group.of->rule->id()) + ' ' + group.name,
       silent ? std::vector<DestinationId>() : group.of->rule->spec().destinations);
}

/// An alert that somebody looks after stays what it is.
void AlertBook::set_silenced(AlertRow& alert, bool silenced) {
  if (silenced && alert.state == AlertState::firing) alert.state = AlertState::silenced;
  if (!silenced && alert.state == AlertState::silenced) alert.state = AlertState::firing;
}

std::vector<AlertId> AlertBook::active() const {
  std::vector<AlertId> ids;
  ids.reserve(alerts_.size());
  for (const auto& [id, alert] : alerts_) ids.push_back(id);
  return ids;
}

const AlertRow* AlertBook::alert(AlertId id) const {
  const auto at = alerts_.find(id);
  return at == alerts_.end() ? nullptr : &at->second;
}

void AlertBook::review(AlertId id, const Notification& began) {
  const auto at = alerts_.find(id);
  if (at == alerts_.end()) return;
  const AlertState before = at->second.state;
  set_silenced(at->second, is_silenced_(began));
  if (at->second.state != before) changed(at->second);
}

/// What came in a burst, as one.
void AlertBook::tell_untold(Group& group) {
  if (group.untold == 0) return;
  const std::uint64_t count = std::exchange(group.untold, 0);
  Trigger trigger = group.first_untold ? std::move(*group.first_untold) : Trigger();
  group.first_untold.reset();
  if (trigger.detail.empty()) trigger.detail = "(what matched is not kept)";
  trigger.detail = fmt::format("{} more: {}", count, trigger.detail);
  const auto alert = alerts_.find(group.alert);
  const bool silent = alert != alerts_.end() && alert->second.state == AlertState::silenced;
  send(notification(group, NotificationKind::repeated, count, std::move(trigger)),
       std::to_string(group.of->rule->id()) + ' ' + group.name,
       silent ? std::vector<DestinationId>() : group.of->rule->spec().destinations);
}

std::vector<AlertId> AlertBook::due_escalations(Time now, std::size_t most) const {
  std::vector<AlertId> due;
  for (const auto& [when, id] : escalations_) {
    if (when > now || due.size() == most) break;
    due.push_back(id);
  }
  return due;
}

void AlertBook::escalate(AlertId id, Notification began) {
  std::erase_if(escalations_, [&](const auto& entry) { return entry.second == id; });
  const auto at = alerts_.find(id);
  if (at == alerts_.end() || !at->second.escalate) return;
  AlertRow& alert = at->second;
  alert.escalate.reset();
  set_silenced(alert, is_silenced_(began));
  changed(alert);
  const auto of = rules_.find(alert.rule);
  if (of == rules_.end() || !of->second.rule->spec().escalate || alert.state != AlertState::firing) return;
  name(began);
  began.kind = NotificationKind::escalated;
  began.time = clock_.now();
  if (options_.silence_link) began.silence_link = options_.silence_link(id, began.time);  // the first may have expired
  began.alert.count = alert.count;
  began.detail = "nobody has acknowledged: " + began.detail;
  send(std::move(began), "alert " + std::to_string(id), of->second.rule->spec().escalate->destinations);
}

Notification AlertBook::notification(const Group& group, NotificationKind kind, std::uint64_t count, Trigger trigger) {
  Notification told;
  name(told);
  told.kind = kind;
  told.time = clock_.now();
  told.rule = facts_of(*group.of->rule);
  told.alert.id = group.alert;
  told.alert.count = std::max<std::uint64_t>(count, 1);
  told.alert.late = trigger.late;
  if (const auto alert = alerts_.find(group.alert); alert != alerts_.end()) {
    told.alert.state = alert->second.state;
    told.alert.started = alert->second.started;
  } else {
    told.alert.started = told.time;
  }
  if (group.subject.container) {
    told.container = facts_of(*group.subject.container, group.subject.host_name);
  } else if (!group.container.empty()) {
    told.container.emplace().id = group.container;
  }
  const std::vector<std::string>& by = group.of->rule->spec().by;
  if (by.empty() && told.container) told.alert.group.emplace_back("container", told.container->name);
  for (std::size_t i = 0; i < by.size() && i < group.values.size(); ++i)
    told.alert.group.emplace_back(by[i], group.values[i]);
  told.trigger = std::move(trigger.facts);
  told.detail = std::move(trigger.detail);
  told.message = std::move(trigger.message);
  told.more = std::move(trigger.more);
  if (!options_.public_url.empty()) told.link = fmt::format("{}/alerts/{}", options_.public_url, group.alert);
  if (options_.silence_link && group.alert != 0 && kind != NotificationKind::resolved)
    told.silence_link = options_.silence_link(group.alert, told.time);
  return told;
}

/// Each is sent before the next is named.
void AlertBook::name(Notification& notification) {
  notification.id = fmt::format("{}-{}", installation_, ++last_notification_);
}

void AlertBook::send(Notification notification, std::string lane, const std::vector<DestinationId>& destinations) {
  Changes::Out out;
  out.id = last_notification_;
  for (const DestinationId destination : destinations)
    if (const auto tried_for = tried_for_(destination))
      out.destinations.emplace_back(destination, moved(notification.time, *tried_for));
  constexpr std::size_t beside = 1024;
  changes_.bytes += beside + notification.detail.size() + notification.message.size();
  for (const LineFacts& line : notification.more) changes_.bytes += line.text.size();
  if (const auto* line = std::get_if<LineFacts>(&notification.trigger)) changes_.bytes += line->text.size();
  out.notification = std::move(notification);
  out.lane = std::move(lane);
  changes_.out.push_back(std::move(out));
}

AlertRow& AlertBook::changed(AlertRow& alert) {
  alert.changed = clock_.now();
  AlertRow& row = changes_.alerts[alert.id];
  std::string json = std::move(row.json);  // of one that is not written yet
  row = alert;
  row.json = std::move(json);
  return row;
}

Result<> AlertBook::acknowledge(AlertId id, std::string author, std::string comment) {
  const auto at = alerts_.find(id);
  if (at == alerts_.end())
    return fail(id > 0 && id <= last_alert_ ? ErrorCode::conflict : ErrorCode::not_found,
                id > 0 && id <= last_alert_ ? "the alert is over" : "there is no such alert");
  changes_.acknowledgements.push_back({id, clock_.now(), author, comment});
  at->second.state = AlertState::acknowledged;
  at->second.author = std::move(author);
  at->second.comment = std::move(comment);
  at->second.escalate.reset();
  changed(at->second);
  return {};
}

}  // namespace taffrail::alert
