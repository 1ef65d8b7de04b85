#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alert/notification.hpp"
#include "base/result.hpp"
#include "expr/condition.hpp"
#include "expr/notification_variables.hpp"
#include "expr/program.hpp"
#include "expr/template.hpp"
#include "expr/time_zone.hpp"

namespace taffrail::alert {

/// What a rule's condition is about.
enum class RuleType : std::uint8_t { log, metric, event };

/// A rule as people write it (CONTRACT, "Alerts"): nothing in it is compiled, so one that is wrong can be kept and
/// shown.
struct RuleSpec {
  struct Count {
    std::uint64_t over = 0;
    Duration in{};
    friend bool operator==(const Count&, const Count&) = default;
  };
  struct Spike {
    double factor = 0;
    Duration in{};
    std::uint64_t min = 0;
    friend bool operator==(const Spike&, const Spike&) = default;
  };
  enum class Aggregate : std::uint8_t { avg, max, rate };
  struct MovingWindow {
    Aggregate aggregate = Aggregate::avg;
    Duration length{};
    friend bool operator==(const MovingWindow&, const MovingWindow&) = default;
  };
  struct Schedule {
    std::uint8_t days = 0x7f;  ///< bit 0: Monday
    std::int32_t from = 0;     ///< seconds of the day
    std::int32_t to = 86400;   ///< before `from`: of the next day, which need not be in `days`
    std::string zone;          ///< IANA name; empty: UTC
    friend bool operator==(const Schedule&, const Schedule&) = default;
  };
  struct Escalation {
    Duration after{};
    std::vector<DestinationId> destinations;
    std::vector<std::string> destination_names;  ///< in files, where ids are not known
    friend bool operator==(const Escalation&, const Escalation&) = default;
  };

  std::string name;
  bool enabled = true;
  Severity severity = Severity::warning;
  std::map<std::string, std::string> labels;
  std::string runbook;
  std::string message;  ///< template; empty: none
  std::string containers = "true";
  RuleType type = RuleType::log;
  std::string condition;
  std::optional<Count> count;
  std::optional<Duration> absent;
  bool absent_always = false;  ///< "always": of containers that never logged a match as well
  std::optional<Spike> spike;
  std::optional<Duration> hold;  ///< `for`
  double share = 1.0;            ///< of the samples within `hold` that must be true
  std::optional<MovingWindow> window;
  std::vector<std::string> by;       ///< empty: by container
  std::optional<Duration> cooldown;  ///< absent: the default of its type
  std::string resolve_when;          ///< expression; empty: none
  std::optional<Duration> resolve_after;
  std::optional<Schedule> schedule;
  std::vector<DestinationId> destinations;
  std::vector<std::string> destination_names;  ///< in files, where ids are not known
  std::optional<Escalation> escalate;

  friend bool operator==(const RuleSpec&, const RuleSpec&) = default;
};

/// What is wrong with a rule.
struct RuleFault {
  std::string key{};       ///< "count.over"; empty: the rule as a whole
  std::string message{};   ///< what follows the key in a sentence: "must be a whole number from 0 to 1000000000"
  std::uint32_t line = 0;  ///< in the expression or template that is the key's value; 0: not in one
  std::uint32_t column = 0;

  /// "'count.over' must be …", as Error of code invalid_argument.
  [[nodiscard]] Error to_error() const;
  friend bool operator==(const RuleFault&, const RuleFault&) = default;
};

class Rule;
using RulePtr = std::shared_ptr<const Rule>;

/// A rule that compiled. Immutable and shared: workers ask it while the owner already has the next version.
class Rule {
 public:
  /// Errors: invalid_argument that names the key and, for expressions, line and column.
  [[nodiscard]] static Result<RulePtr> compile(RuleId id, std::int64_t version, RuleSpec spec);
  /// The same, with the place of what is wrong.
  [[nodiscard]] static std::expected<RulePtr, RuleFault> check(RuleId id, std::int64_t version, RuleSpec spec);

  [[nodiscard]] RuleId id() const { return id_; }
  [[nodiscard]] std::int64_t version() const { return version_; }
  [[nodiscard]] const RuleSpec& spec() const { return spec_; }
  [[nodiscard]] Duration cooldown() const;
  /// Which containers it is about.
  [[nodiscard]] const expr::Condition& containers() const { return *containers_; }
  /// Over Environment::log(), metric() or event().
  [[nodiscard]] const expr::Condition& condition() const { return *condition_; }
  /// Null: none.
  [[nodiscard]] const expr::Condition* resolve_when() const { return resolve_when_ ? &*resolve_when_ : nullptr; }
  /// Null: none.
  [[nodiscard]] const expr::Template* message() const { return message_ ? &*message_ : nullptr; }
  /// The rule's own message, filled in, cut to `longest_message`; empty where it has none. What is wrong with it stands
  /// in its place.
  /// @param fields of what happened; those of the rule are set here
  [[nodiscard]] std::string message_about(expr::NotificationFields fields) const;
  /// No service takes as much; a message is kept for each of many matches.
  static constexpr std::size_t longest_message = 16UZ * 1024;
  /// Which group something belongs to: the values of `by`, each as text, cut to `longest_group`; what fails and what is
  /// nil is empty. Empty `by`: HOST/ID of the container, as far as the variables give its id.
  /// @param variables of the rule's type
  [[nodiscard]] std::vector<std::string> group_of(const expr::Variables& variables) const;
  static constexpr std::size_t longest_group = 256;
  /// Whether its schedule has it look at that time; always without one.
  [[nodiscard]] bool is_on_duty(Time now) const;

 private:
  Rule() = default;

  RuleId id_ = 0;
  std::int64_t version_ = 0;
  RuleSpec spec_;
  std::optional<expr::Condition> containers_;
  std::optional<expr::Condition> condition_;
  std::optional<expr::Condition> resolve_when_;
  std::optional<expr::Template> message_;
  std::vector<std::shared_ptr<const expr::Program>> by_;
  expr::ZoneId zone_ = expr::utc_zone;
};

/// Reads a rule as JSON (a body of the API; a YAML document is turned into JSON first). Unknown keys are refused.
/// Error: invalid_argument that names the key, and what may stand there. Expressions are not looked at.
[[nodiscard]] Result<RuleSpec> rule_of_json(std::string_view json);
/// Where a rule comes from: in files, destinations may be named.
enum class RuleOrigin : std::uint8_t { api, file };
/// The same, with the key that is wrong.
[[nodiscard]] std::expected<RuleSpec, RuleFault> read_rule(std::string_view json, RuleOrigin origin);
/// The same rule as rule_of_json reads it: only what differs from the defaults, and `name`, `enabled`, `severity`.
[[nodiscard]] std::string to_json(const RuleSpec& spec);

}  // namespace taffrail::alert
