#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "alert/engine/surroundings.hpp"
#include "alert/notification.hpp"
#include "alert/rule/group_state.hpp"
#include "base/result.hpp"
#include "model/record.hpp"
#include "store/transaction.hpp"

namespace taffrail::alert {

/// A group's name within its rule: its values as a JSON array, for the container that a rule without `by` groups by its
/// full id.
using GroupName = std::string;

struct AlertRow {
  AlertId id = 0;
  RuleId rule = 0;
  AlertState state = AlertState::firing;
  Severity severity = Severity::warning;
  ContainerId container;
  Time started;
  Time changed;
  std::optional<Time> ended;
  std::uint64_t count = 0;
  std::optional<Time> escalate;  ///< when, if nobody has acknowledged it by then
  std::string author;            ///< who changed its state last
  std::string comment;
  std::string json;  ///< the notification that began it
};

/// What has changed since the last transaction, at one moment of the owner thread: cursors and windows, alerts and what
/// is to be sent of them agree with each other, so a restart neither repeats nor forgets.
struct Changes {
  struct Group {
    RuleId rule = 0;
    GroupName name;
    GroupState state;
    std::string container;  ///< full id
    AlertId alert = 0;
    std::uint64_t untold = 0;
  };
  struct Out {
    std::int64_t id = 0;
    Notification notification;
    std::string lane;                                          ///< what is sent in order: one group of one rule
    std::vector<std::pair<DestinationId, Time>> destinations;  ///< with when each is given up
  };
  /// Somebody has said that he looks after an alert.
  struct Acknowledgement {
    AlertId alert = 0;
    Time time;
    std::string author;
    std::string comment;
  };
  struct RuleUse {
    std::uint64_t matches = 0;
    Time last;
  };

  std::map<ContainerId, Cursor> cursors;
  std::vector<ContainerId> gone;
  std::vector<Group> groups;
  std::set<std::pair<RuleId, GroupName>> forgotten;
  std::map<AlertId, AlertRow> alerts;
  std::vector<KeptLine> lines;
  std::vector<Acknowledgement> acknowledgements;
  std::vector<Out> out;
  std::map<RuleId, RuleUse> uses;
  std::optional<Time> alive;
  std::size_t bytes = 0;  ///< about what it holds
  bool hurried = false;

  [[nodiscard]] bool empty() const {
    return cursors.empty() && gone.empty() && groups.empty() && forgotten.empty() && alerts.empty() && lines.empty() &&
           acknowledgements.empty() && out.empty() && uses.empty() && !alive;
  }
  /// Whether somebody waits for it: it is to be sent, or a log is read on when it is written.
  [[nodiscard]] bool urgent() const { return hurried || !out.empty() || !alerts.empty(); }
};

/// Writes all of it. On the writer's thread.
[[nodiscard]] Result<> write(store::Transaction& transaction, const Changes& changes);

/// What the last run left.
struct Remembered {
  struct Rule {
    RuleId id = 0;
    std::int64_t version = 0;
    std::string json;
    std::string origin;
    Time created;
    Time changed;
    std::uint64_t matches = 0;
    std::optional<Time> last_match;
  };
  struct Row {
    std::int64_t id = 0;
    std::string json;
    std::string origin;
  };
  struct Group {
    RuleId rule = 0;
    GroupName name;
    std::string state;
    std::string container;
    AlertId alert = 0;
    std::uint64_t untold = 0;
  };
  struct Silence {
    std::int64_t id = 0;
    std::string filter;
    Time until;
    std::string comment;
    Time created;
  };

  std::string installation;  ///< names this database among all
  std::vector<Rule> rules;
  std::vector<Row> destinations;
  std::vector<Silence> silences;
  std::vector<Group> groups;
  std::vector<AlertRow> alerts;  ///< that are not over
  std::map<ContainerId, Cursor> cursors;
  std::optional<Time> alive;  ///< when it was last written
  AlertId last_alert = 0;
  std::int64_t last_notification = 0;
};
[[nodiscard]] Result<Remembered> remembered(store::Snapshot& snapshot);

[[nodiscard]] constexpr std::int64_t nanoseconds(Time time) { return time.time_since_epoch().count(); }
[[nodiscard]] constexpr Time time_of(std::int64_t nanoseconds) { return Time(Duration(nanoseconds)); }
/// The state of that name; firing for any other text.
[[nodiscard]] AlertState alert_state_of(std::string_view name);
[[nodiscard]] Severity severity_of(std::string_view name);

/// States of a delivery.
enum class DeliveryState : std::uint8_t { pending, delivered, dead };

/// Of a row with id, rule, state, severity, container, started, changed, ended, count, escalate, author, comment, json.
[[nodiscard]] AlertRow alert_row(const store::Statement& row);

}  // namespace taffrail::alert
