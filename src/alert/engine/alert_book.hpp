#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "alert/engine/changes.hpp"
#include "alert/notification.hpp"
#include "alert/rule/group_state.hpp"
#include "alert/rule/rule.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/container.hpp"

namespace taffrail::alert {

/// Whom something happened to.
struct Subject {
  ContainerPtr container;  ///< null: a host, or Taffrail itself
  std::string host_name;
  std::optional<Time> since;  ///< since when it is watched
  bool is_behind = false;     ///< lines of it that were written before have yet to be looked at
};

/// What made a rule speak, for people.
struct Trigger {
  std::variant<std::monostate, LineFacts, SampleFacts, EventFacts> facts;
  std::string detail;           ///< one line
  std::string message;          ///< the rule's own, filled in
  std::vector<LineFacts> more;  ///< of a log rule: some of the lines that came with it
  bool late = false;
};

/// What all rules remember of all groups, and every alert that is not over. It turns what happened into alerts and
/// notifications, and collects what has changed for the next transaction. On the owner thread.
class AlertBook {
 public:
  struct Options {
    /// Groups of one rule, and of all rules. A further one takes the place of that which was quiet longest.
    std::size_t most_groups_of_rule = 10'000;
    std::size_t most_groups = 50'000;
    /// So many notifications of one group within `burst_length` are sent one by one; what comes then is counted, and
    /// told together at its end.
    std::uint32_t burst = 100;
    Duration burst_length = std::chrono::minutes(1);
    /// Of the page, without a slash at its end; empty: notifications have no links.
    std::string public_url;
    /// Where the group of an alert can be silenced; null: nowhere.
    std::function<std::string(AlertId, Time now)> silence_link{};
  };
  /// The container as it is now; nothing: it is gone.
  using Find = std::function<std::optional<Subject>(const ContainerId&)>;
  using IsSilenced = std::function<bool(const Notification&)>;
  /// How long a delivery to a destination is tried; nothing: there is no such destination.
  using TriedFor = std::function<std::optional<Duration>(DestinationId)>;

  AlertBook(const Clock& clock, Find find, IsSilenced is_silenced, TriedFor tried_for, Options options)
      : clock_(clock),
        find_(std::move(find)),
        is_silenced_(std::move(is_silenced)),
        tried_for_(std::move(tried_for)),
        options_(std::move(options)) {}
  AlertBook(const AlertBook&) = delete;
  AlertBook& operator=(const AlertBook&) = delete;

  /// Takes up what the last run left. The rules have been set.
  void remember(Remembered& left);

  /// A rule is new or has changed. What its groups remember is kept where only its words have changed.
  /// @return whether nothing was kept
  bool set_rule(RulePtr rule);
  /// The rule is gone or does not compile any more: its alerts end without a word.
  void drop_rule(RuleId id);

  /// Whether a rule is not asked for a while: meanwhile nothing follows from time going by, and what was silent then
  /// does not count as silence. What its groups remember stays.
  void set_aside(RuleId id, bool aside, Time now);

  /// @param name of the group; `values` are what it is made of, in the order of the rule's `by`
  struct GroupKey {
    GroupName name;
    std::vector<std::string> values;
  };
  [[nodiscard]] static GroupKey key_of(std::vector<std::string> values, const ContainerId& container);

  /// Matches of a log or event rule. @return the alert that began with it, 0: none
  AlertId take(const Rule& rule, GroupKey key, const Subject& subject, Time at, std::uint64_t matches, Trigger trigger);
  /// Matches of a rule with `spike` that were there before the rule (GroupState::take_past).
  /// @param subject with since when all of them would have been seen
  void take_past(const Rule& rule, GroupKey key, const Subject& subject, Time at, std::uint64_t matches);
  /// Something for which `resolve` is true.
  void take_resolved(const Rule& rule, const GroupKey& key, Time at);
  /// A sample of a metric rule. One that does not hold is nothing to a group that does not exist.
  void take_sample(const Rule& rule, GroupKey key, const Subject& subject, Time at, bool holds,
                   const std::function<Trigger()>& trigger);
  [[nodiscard]] bool knows(RuleId rule, const GroupName& name) const;
  /// The rules that remember something of some group.
  [[nodiscard]] std::unordered_set<RuleId> remembering() const;
  /// Has `absent` watch a container that nothing was heard of yet.
  void expect(const Rule& rule, const Subject& subject);
  /// Time goes on; to be called about once a second. Gives up after `most` groups; call again at once when it says
  /// that more are due.
  [[nodiscard]] bool pass(Time now, std::size_t most);
  /// The clock was set back: windows, cooldowns and escalations go on instead of waiting for the old time.
  /// @param by negative
  void set_clock(Time now, Duration by);
  /// Lines that stand around those with which alerts began.
  void keep(std::vector<KeptLine> lines);
  /// The log of a container has been read up to here.
  void advance(const Cursor& cursor);
  void forget(const ContainerId& id);

  /// Errors: not_found; conflict when it is over.
  [[nodiscard]] Result<> acknowledge(AlertId id, std::string author, std::string comment);

  /// An alert that is not over; null: it is, or never was. Without the notification that began it.
  [[nodiscard]] const AlertRow* alert(AlertId id) const;
  /// Ids of the alerts that are not over.
  [[nodiscard]] std::vector<AlertId> active() const;
  /// Asks of an alert whether it is silenced now: silences begin and end while it is on.
  /// @param began the notification that began it, which the store has: ten thousand of them take hundreds of megabytes
  void review(AlertId id, const Notification& began);
  /// Alerts whose time has come to be escalated, the oldest first; until `escalate` they stay in it.
  [[nodiscard]] std::vector<AlertId> due_escalations(Time now, std::size_t most) const;
  void escalate(AlertId id, Notification began);

  /// Where the rule's log of a container is to be taken up; nothing: it was never read.
  [[nodiscard]] const Cursor* cursor_of(const ContainerId& id) const;

  /// Whether anything has changed since `take_changes`.
  [[nodiscard]] bool has_changes() const { return !dirty_.empty() || !changes_.empty(); }
  /// A log waits until what has changed is written.
  void hurry() { changes_.hurried = true; }
  /// Whether somebody waits for what has changed.
  [[nodiscard]] bool is_urgent() const { return changes_.urgent(); }
  /// About what the changes hold.
  [[nodiscard]] std::size_t bytes() const { return changes_.bytes; }
  /// What has changed since the last time.
  [[nodiscard]] Changes take_changes();
  /// Whether time means anything to some group.
  [[nodiscard]] std::optional<Time> next_due() const;

  [[nodiscard]] std::size_t groups() const { return groups_; }
  [[nodiscard]] std::size_t active_alerts() const { return alerts_.size(); }
  /// Groups that were forgotten because there were too many.
  [[nodiscard]] std::uint64_t evicted() const { return evicted_; }

 private:
  struct Group;
  using Groups = std::unordered_map<GroupName, std::unique_ptr<Group>>;
  using Quiet = std::list<Group*>;  // the one that was touched longest ago first
  struct RuleGroups {
    RulePtr rule;
    Groups groups;
    Quiet quiet;
    bool aside = false;
  };
  struct Group {
    Group(const Rule& rule, std::optional<Time> since) : state(rule, since) {}
    RuleGroups* of = nullptr;
    GroupName name;
    std::vector<std::string> values;
    GroupState state;
    ContainerId container;
    Subject subject;  // of its last match; empty after a restart
    AlertId alert = 0;
    std::uint32_t told = 0;  // in this burst
    Time burst_began;
    std::uint64_t untold = 0;
    std::optional<Trigger> first_untold;
    Quiet::iterator place;
    std::multimap<Time, Group*>::iterator due;
    bool has_due = false;
    std::optional<std::size_t> dirty;  // its place in dirty_
  };

  /// @param at of what it is told first, where that is something that happened
  Group& group_of(RuleGroups& of, GroupKey&& key, const Subject& subject, std::optional<Time> at);
  void make_room(RuleGroups& of);
  void erase(Group& group);
  void touch(Group& group);
  /// What a decision about a group leads to. @return the alert that begins, 0: none
  AlertId follow(Group& group, const GroupState::Decision& decision, Trigger trigger);
  void tell(Group& group, NotificationKind kind, std::uint64_t count, Trigger trigger);
  void begin_alert(Group& group);
  void end_alert(Group& group, const GroupState::Decision& decision, Trigger trigger);
  void tell_untold(Group& group);
  static void set_silenced(AlertRow& alert, bool silenced);
  [[nodiscard]] Notification notification(const Group& group, NotificationKind kind, std::uint64_t count,
                                          Trigger trigger);
  void name(Notification& notification);
  void send(Notification notification, std::string lane, const std::vector<DestinationId>& destinations);
  /// @return what is written of it
  AlertRow& changed(AlertRow& alert);

  const Clock& clock_;
  Find find_;
  IsSilenced is_silenced_;
  TriedFor tried_for_;
  Options options_;
  std::map<RuleId, RuleGroups> rules_;
  std::size_t groups_ = 0;
  std::uint64_t evicted_ = 0;
  std::multimap<Time, Group*> due_;
  std::map<AlertId, AlertRow> alerts_;  // that are not over, without their JSON
  std::multimap<Time, AlertId> escalations_;
  std::map<ContainerId, Cursor> cursors_;
  std::vector<Group*> dirty_;  // changed since the last transaction; null: erased
  Changes changes_;            // but for those groups
  std::string installation_ = "t";
  AlertId last_alert_ = 0;
  std::int64_t last_notification_ = 0;
};

[[nodiscard]] ContainerFacts facts_of(const Container& container, std::string_view host_name);
[[nodiscard]] RuleFacts facts_of(const Rule& rule);

}  // namespace taffrail::alert
