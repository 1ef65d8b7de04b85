#include "alert/engine/alert_book.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <utility>

#include "text/json_writer.hpp"

namespace taffrail::alert {
namespace {

/// Whether what groups remember under one rule means the same under the other.
bool remember_alike(const RuleSpec& a, const RuleSpec& b) {
  const auto in = [](const auto& part, auto member) { return part ? std::optional((*part).*member) : std::nullopt; };
  return a.type == b.type && a.condition == b.condition && a.containers == b.containers && a.by == b.by &&
         in(a.count, &RuleSpec::Count::in) == in(b.count, &RuleSpec::Count::in) &&
         in(a.count, &RuleSpec::Count::over) == in(b.count, &RuleSpec::Count::over) &&
         in(a.spike, &RuleSpec::Spike::in) == in(b.spike, &RuleSpec::Spike::in) &&
         in(a.spike, &RuleSpec::Spike::factor) == in(b.spike, &RuleSpec::Spike::factor) &&
         in(a.spike, &RuleSpec::Spike::min) == in(b.spike, &RuleSpec::Spike::min) && a.absent == b.absent &&
         a.hold == b.hold && a.share == b.share &&
         in(a.window, &RuleSpec::MovingWindow::length) == in(b.window, &RuleSpec::MovingWindow::length);
}

std::vector<std::string> values_of(const GroupName& name) {
  std::vector<std::string> values;
  boost::system::error_code failed;
  const boost::json::value read = boost::json::parse(name, failed);
  if (failed || !read.is_array()) return values;
  for (const boost::json::value& value : read.get_array())
    if (value.is_string()) values.emplace_back(value.get_string());
  return values;
}

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

AlertBook::GroupKey AlertBook::key_of(std::vector<std::string> values, const ContainerId& container) {
  GroupKey key;
  if (values.empty()) {
    key.name = container.full();
    return key;
  }
  text::JsonWriter json(key.name);
  json.begin_array();
  for (const std::string& value : values) json.value(value);
  json.end_array();
  key.values = std::move(values);
  return key;
}

void AlertBook::remember(Remembered& left) {
  installation_ = left.installation;
  last_alert_ = left.last_alert;
  last_notification_ = left.last_notification;
  cursors_ = std::move(left.cursors);
  for (AlertRow& alert : left.alerts) {
    if (!rules_.contains(alert.rule)) {  // it went while the alert was on
      alert.state = AlertState::resolved;
      alert.ended = clock_.now();
      changed(alert);
      continue;
    }
    if (alert.escalate) escalations_.emplace(*alert.escalate, alert.id);
    alert.json.clear();
    alerts_.emplace(alert.id, std::move(alert));
  }
  for (Remembered::Group& was : left.groups) {
    const auto rule = rules_.find(was.rule);
    auto state = rule == rules_.end() ? fail(ErrorCode::not_found, "no such rule")
                                      : GroupState::of(*rule->second.rule, was.state);
    if (!state) {
      // Of a rule that is gone or has changed its form: there is nothing to go on from.
      changes_.forgotten.emplace(was.rule, was.name);
      continue;
    }
    GroupKey key{was.name, rule->second.rule->spec().by.empty() ? std::vector<std::string>() : values_of(was.name)};
    Subject subject;
    const ContainerId container = ContainerId::parse(was.container);
    if (auto found = find_(container)) subject = std::move(*found);
    Group& group = group_of(rule->second, std::move(key), subject);
    group.state = std::move(*state);
    group.container = container;
    group.alert = alerts_.contains(was.alert) ? was.alert : 0;
    group.untold = was.untold;
    touch(group);
  }
}

void AlertBook::set_rule(RulePtr rule) {
  RuleGroups& of = rules_[rule->id()];
  const bool alike = of.rule && remember_alike(of.rule->spec(), rule->spec());
  if (of.rule && !alike) drop_rule(rule->id());
  rules_[rule->id()].rule = std::move(rule);
}

void AlertBook::drop_rule(RuleId id) {
  const auto at = rules_.find(id);
  if (at == rules_.end()) return;
  while (!at->second.quiet.empty()) erase(*at->second.quiet.front());
  rules_.erase(at);
}

void AlertBook::set_aside(RuleId id, bool aside, Time now) {
  const auto at = rules_.find(id);
  if (at == rules_.end() || at->second.aside == aside) return;
  RuleGroups& of = at->second;
  of.aside = aside;
  // Touching moves a group to the end of the line, so the line is gone through once.
  for (std::size_t left = of.quiet.size(); left > 0; --left) {
    Group& group = *of.quiet.front();
    if (!aside && of.rule->spec().absent && !group.state.fires()) {
      // As of a container that did not run meanwhile.
      (void)group.state.pass(*of.rule, now, false);
      (void)group.state.pass(*of.rule, now, true);
    }
    touch(group);
  }
}

AlertBook::Group& AlertBook::group_of(RuleGroups& of, GroupKey&& key, const Subject& subject) {
  const auto known = of.groups.find(key.name);
  if (known != of.groups.end()) {
    Group& group = *known->second;
    if (subject.container) {
      group.subject = subject;
      group.container = subject.container->id;
    }
    return group;
  }
  make_room(of);
  auto made = std::make_unique<Group>(*of.rule, subject.since);
  Group& group = *made;
  group.of = &of;
  group.name = key.name;
  group.values = std::move(key.values);
  group.subject = subject;
  if (subject.container) group.container = subject.container->id;
  group.place = of.quiet.insert(of.quiet.end(), &group);
  of.groups.emplace(std::move(key.name), std::move(made));
  ++groups_;
  return group;
}

/// Of the rule itself where it has its share, else of the one that has most.
void AlertBook::make_room(RuleGroups& of) {
  RuleGroups* from = nullptr;
  if (of.groups.size() >= options_.most_groups_of_rule) {
    from = &of;
  } else if (groups_ >= options_.most_groups) {
    from = &std::ranges::max_element(rules_, {}, [](const auto& entry) { return entry.second.groups.size(); })->second;
  }
  if (!from || from->quiet.empty()) return;
  ++evicted_;
  erase(*from->quiet.front());
}

void AlertBook::erase(Group& group) {
  RuleGroups& of = *group.of;
  if (const auto alert = alerts_.find(group.alert); alert != alerts_.end()) {
    AlertRow ended = std::move(alert->second);
    alerts_.erase(alert);
    ended.state = AlertState::resolved;
    ended.ended = clock_.now();
    changed(ended);
  }
  changes_.forgotten.emplace(of.rule->id(), group.name);
  if (group.dirty) dirty_[*group.dirty] = nullptr;
  if (group.has_due) due_.erase(group.due);
  of.quiet.erase(group.place);
  --groups_;
  of.groups.erase(group.name);
}

/// After every change of a group: it goes to the end of the line, and is looked at again when time means something.
void AlertBook::touch(Group& group) {
  RuleGroups& of = *group.of;
  of.quiet.splice(of.quiet.end(), of.quiet, group.place);
  if (group.has_due) due_.erase(group.due);
  std::optional<Time> due = of.aside ? std::nullopt : group.state.due(*of.rule);
  if (group.untold > 0 && !of.aside) {
    const Time burst_ends = moved(group.burst_began, options_.burst_length);
    due = due ? std::min(*due, burst_ends) : burst_ends;
  }
  group.has_due = due.has_value();
  if (due) group.due = due_.emplace(*due, &group);
  if (group.dirty) return;
  group.dirty = dirty_.size();
  dirty_.push_back(&group);
}

AlertId AlertBook::take(const Rule& rule, GroupKey key, const Subject& subject, Time at, std::uint64_t matches,
                        Trigger trigger) {
  const auto of = rules_.find(rule.id());
  if (of == rules_.end() || of->second.rule->version() != rule.version()) return 0;  // it changed meanwhile
  auto& use = changes_.uses[rule.id()];
  use.matches += matches;
  use.last = clock_.now();
  Group& group = group_of(of->second, std::move(key), subject);
  const auto decision = group.state.take(rule, at, matches);
  return follow(group, decision, std::move(trigger));
}

void AlertBook::take_resolved(const Rule& rule, const GroupKey& key, Time at) {
  const auto of = rules_.find(rule.id());
  if (of == rules_.end() || of->second.rule->version() != rule.version()) return;
  const auto group = of->second.groups.find(key.name);
  if (group == of->second.groups.end()) return;
  const auto decision = group->second->state.take_resolved(rule, at);
  follow(*group->second, decision, {});
}

void AlertBook::take_sample(const Rule& rule, GroupKey key, const Subject& subject, Time at, bool holds,
                            const std::function<Trigger()>& trigger) {
  const auto of = rules_.find(rule.id());
  if (of == rules_.end() || of->second.rule->version() != rule.version()) return;
  if (!holds && !of->second.groups.contains(key.name)) return;
  if (holds) {
    auto& use = changes_.uses[rule.id()];
    ++use.matches;
    use.last = clock_.now();
  }
  Group& group = group_of(of->second, std::move(key), subject);
  const auto decision = group.state.take_sample(rule, at, holds);
  const bool speaks = decision.fires || decision.repeats || decision.resolves;
  follow(group, decision, speaks ? trigger() : Trigger());
}

bool AlertBook::knows(RuleId rule, const GroupName& name) const {
  const auto of = rules_.find(rule);
  return of != rules_.end() && of->second.groups.contains(name);
}

std::unordered_set<RuleId> AlertBook::remembering() const {
  std::unordered_set<RuleId> ids;
  for (const auto& [id, of] : rules_)
    if (!of.groups.empty()) ids.insert(id);
  return ids;
}

void AlertBook::expect(const Rule& rule, const Subject& subject) {
  const auto of = rules_.find(rule.id());
  if (of == rules_.end() || !subject.container) return;
  GroupKey key = key_of({}, subject.container->id);
  if (of->second.groups.contains(key.name)) return;
  touch(group_of(of->second, std::move(key), subject));
}

bool AlertBook::pass(Time now, std::size_t most) {
  for (; !due_.empty() && due_.begin()->first <= now && most > 0; --most) {
    Group& group = *due_.begin()->second;
    RuleGroups& of = *group.of;
    if (auto found = find_(group.container)) group.subject = std::move(*found);
    const bool runs = group.subject.container && group.subject.container->is_running() && find_(group.container);
    const auto decision = group.state.pass(*of.rule, now, runs);
    const bool burst_over = group.untold > 0 && moved(group.burst_began, options_.burst_length) <= now;
    if (burst_over) tell_untold(group);
    Trigger trigger;
    if (decision.fires && of.rule->spec().absent)
      trigger.detail = fmt::format("no line matched for {} s",
                                   std::chrono::duration_cast<std::chrono::seconds>(*of.rule->spec().absent).count());
    follow(group, decision, std::move(trigger));
    if (group.alert == 0 && group.untold == 0 && group.state.is_idle(*of.rule, now) &&
        !(of.rule->spec().absent && runs))
      erase(group);
  }
  return most == 0;
}

void AlertBook::set_clock(Time now, Duration by) {
  for (auto& [id, of] : rules_) {
    // Touching moves a group to the end of the line, so the line is gone through once.
    for (std::size_t left = of.quiet.size(); left > 0; --left) {
      Group& group = *of.quiet.front();
      group.state.set_clock(now);
      group.burst_began = std::min(group.burst_began, now);
      touch(group);
    }
  }
  std::multimap<Time, AlertId> earlier;
  for (const auto& [when, id] : escalations_) {
    const auto alert = alerts_.find(id);
    if (alert == alerts_.end() || !alert->second.escalate) continue;
    alert->second.escalate = moved(when, by);
    earlier.emplace(*alert->second.escalate, id);
    changed(alert->second);
  }
  escalations_ = std::move(earlier);
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

void AlertBook::keep(std::vector<KeptLine> lines) {
  constexpr std::size_t beside = 256;
  for (KeptLine& kept : lines) {
    changes_.bytes += beside + kept.line.text.size();
    changes_.lines.push_back(std::move(kept));
  }
}

void AlertBook::advance(const Cursor& cursor) {
  cursors_.insert_or_assign(cursor.container, cursor);
  changes_.cursors.insert_or_assign(cursor.container, cursor);
}

void AlertBook::forget(const ContainerId& id) {
  cursors_.erase(id);
  changes_.cursors.erase(id);
  changes_.gone.push_back(id);
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

const Cursor* AlertBook::cursor_of(const ContainerId& id) const {
  const auto at = cursors_.find(id);
  return at == cursors_.end() ? nullptr : &at->second;
}

Changes AlertBook::take_changes() {
  for (Group* group : std::exchange(dirty_, {})) {
    if (!group) continue;
    group->dirty.reset();
    const RuleId rule = group->of->rule->id();
    changes_.forgotten.erase({rule, group->name});
    changes_.groups.push_back({.rule = rule,
                               .name = group->name,
                               .state = group->state,
                               .container = group->container.full(),
                               .alert = group->alert,
                               .untold = group->untold});
  }
  return std::exchange(changes_, {});
}

std::optional<Time> AlertBook::next_due() const {
  return due_.empty() ? std::nullopt : std::optional(due_.begin()->first);
}

}  // namespace taffrail::alert
