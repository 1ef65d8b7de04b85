#include "alert/engine/preview.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "alert/engine/alert_book.hpp"
#include "text/json_writer.hpp"

namespace taffrail::alert {
namespace {

/// Notifications and groups.
constexpr std::size_t shown = 100;

/// Stands at the time of what is being played.
class PlayedClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return at; }
  [[nodiscard]] SteadyTime steady_now() const override { return SteadyTime(at.time_since_epoch()); }
  Time at;
};

struct Told {
  std::vector<Notification> first;
  std::uint64_t all = 0;
  std::map<std::string, std::uint64_t> groups;  // matches by what a group is called
};

std::string name_of(const Notification& told) {
  std::string name;
  for (const auto& [expression, value] : told.alert.group) name += (name.empty() ? "" : ", ") + value;
  return name;
}

/// Has a book of its own make alerts of it, in the order in which it happened.
Told play(const RulePtr& rule, PastMatches& past, Time now) {
  std::map<ContainerId, std::size_t> indices;
  for (std::size_t i = 0; i < past.containers.size(); ++i) indices.emplace(past.containers[i]->id, i);
  PlayedClock clock;
  AlertBook book(
      clock,
      [&](const ContainerId& id) -> std::optional<Subject> {
        const auto at = indices.find(id);
        if (at == indices.end()) return std::nullopt;
        return Subject{past.containers[at->second], past.views[at->second]->host_name(), {}};
      },
      [](const Notification&) { return false; }, [](DestinationId) { return std::nullopt; }, {});
  book.set_rule(rule);
  Told told;
  const auto collect = [&] {
    Changes changes = book.take_changes();
    for (Changes::Out& out : changes.out) {
      ++told.all;
      if (out.notification.kind != NotificationKind::resolved)
        told.groups[name_of(out.notification)] += out.notification.alert.count;
      if (told.first.size() < shown) told.first.push_back(std::move(out.notification));
    }
  };
  const auto pass_until = [&](Time until) {
    // Time in between matters where something waits for it.
    while (const auto due = book.next_due()) {
      if (*due > until) break;
      clock.at = std::max(clock.at, *due);
      if (!book.pass(clock.at, 1) && book.next_due() == due) break;
      collect();
    }
    clock.at = until;
  };
  for (PastMatch& match : past.matches) {
    pass_until(match.at);
    if (!rule->is_on_duty(match.at)) continue;
    const ContainerPtr& container = past.containers[match.container];
    // The silence from its beginning counts.
    const std::optional<Time> watched =
        past.from ? std::optional(std::max(*past.from, container->created.value_or(*past.from))) : std::nullopt;
    const Subject subject{container, past.views[match.container]->host_name(), watched};
    PastMatch::Said said = match.said ? std::move(*match.said) : PastMatch::Said();
    AlertBook::GroupKey key = AlertBook::key_of(std::move(said.group), subject.container->id);
    const auto trigger = [&] {
      return Trigger{.facts = {}, .detail = std::move(said.detail), .message = std::move(said.message), .more = {}};
    };
    if (rule->spec().type == RuleType::metric)
      book.take_sample(*rule, std::move(key), subject, match.at, match.holds, trigger);
    else if (match.resolves)
      book.take_resolved(*rule, key, match.at);
    else
      book.take(*rule, std::move(key), subject, match.at, match.count, trigger());
    collect();
  }
  pass_until(now);
  collect();
  return told;
}

std::string to_json(const PastMatches& past, const Told& told, Time since) {
  std::uint64_t matches = 0;
  for (const PastMatch& match : past.matches)
    if (match.holds && !match.resolves) matches += match.count;
  std::string body;
  text::JsonWriter json(body);
  json.begin_object().member("since", since).member("from", past.from).member("containers", past.containers.size());
  json.member("lines", past.lines).member("samples", past.samples).member("events", past.events);
  json.member("matches", matches);
  json.member("truncated", past.truncated).member("notifications", told.all).key("first").begin_array();
  for (const Notification& one : told.first) {
    json.begin_object().member("time", one.time).member("kind", to_string(one.kind));
    json.member("group", name_of(one)).member("container_name", one.container ? one.container->name : std::string());
    json.member("count", one.alert.count).member("detail", one.detail).member_or_null("message", one.message);
    json.end_object();
  }
  json.end_array().key("groups").begin_array();
  std::size_t listed = 0;
  for (const auto& [name, of_group] : told.groups)
    if (listed++ < shown) json.begin_object().member("group", name).member("matches", of_group).end_object();
  json.end_array().member("group_count", told.groups.size());
  json.key("failures").begin_object().member("count", past.failures).member_or_null("error", past.failure);
  json.end_object().end_object();
  body += '\n';
  return body;
}

}  // namespace

std::string preview(const RulePtr& rule, PastMatches past, Time since, Time now) {
  const Told told = play(rule, past, now);
  return to_json(past, told, since);
}

}  // namespace taffrail::alert
