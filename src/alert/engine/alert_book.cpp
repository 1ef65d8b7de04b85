#include "alert/engine/alert_book.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <utility>

#include "text/json_writer.hpp"

namespace taffrail::alert {
namespace {

/// When time is let pass again for what could not go on with it.
constexpr Duration look_again = std::chrono::seconds(1);

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

}  // namespace

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
    Group& group = group_of(rule->second, std::move(key), subject, std::nullopt);
    group.state = std::move(*state);
    group.container = container;
    group.alert = alerts_.contains(was.alert) ? was.alert : 0;
    group.untold = was.untold;
    touch(group);
  }
}

bool AlertBook::set_rule(RulePtr rule) {
  RuleGroups& of = rules_[rule->id()];
  const bool alike = of.rule && remember_alike(of.rule->spec(), rule->spec());
  if (of.rule && !alike) drop_rule(rule->id());
  rules_[rule->id()].rule = std::move(rule);
  return !alike;
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

AlertBook::Group& AlertBook::group_of(RuleGroups& of, GroupKey&& key, const Subject& subject, std::optional<Time> at) {
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
  // What was written before anybody watched, and is read late, was there to be seen too.
  auto made = std::make_unique<Group>(*of.rule, subject.since && at ? std::min(*subject.since, *at) : subject.since);
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
  Group& group = group_of(of->second, std::move(key), subject, at);
  const auto decision = group.state.take(rule, at, matches);
  return follow(group, decision, std::move(trigger));
}

void AlertBook::take_past(const Rule& rule, GroupKey key, const Subject& subject, Time at, std::uint64_t matches) {
  const auto of = rules_.find(rule.id());
  if (of == rules_.end() || of->second.rule->version() != rule.version() || !subject.since) return;
  Group& group = group_of(of->second, std::move(key), subject, at);
  group.state.take_past(*subject.since, clock_.now(), at, matches);
  touch(group);
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
  Group& group = group_of(of->second, std::move(key), subject, at);
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
  touch(group_of(of->second, std::move(key), subject, std::nullopt));
}

bool AlertBook::pass(Time now, std::size_t most) {
  for (; !due_.empty() && due_.begin()->first <= now && most > 0; --most) {
    Group& group = *due_.begin()->second;
    RuleGroups& of = *group.of;
    auto found = find_(group.container);
    if (found && found->is_behind && of.rule->spec().type == RuleType::log) {
      // Windows that went on to now would refuse what is still to come.
      due_.erase(group.due);
      group.due = due_.emplace(moved(now, look_again), &group);
      continue;
    }
    if (found) group.subject = *found;
    const bool runs = found && group.subject.container && group.subject.container->is_running();
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
