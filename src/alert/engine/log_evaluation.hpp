#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "alert/notification.hpp"
#include "alert/rule/rule.hpp"
#include "base/result.hpp"
#include "expr/rule_set.hpp"
#include "model/record.hpp"
#include "model/variables/container_view.hpp"

namespace taffrail::alert {

/// The log rules that one container has, in one set: their conditions, then the conditions that resolve. Containers
/// with the same rules share one.
class LogRules {
 public:
  /// Compiles the set: some milliseconds for a thousand rules. @param rules of the type log, that compiled
  [[nodiscard]] static Result<std::shared_ptr<const LogRules>> build(std::vector<RulePtr> rules);

  [[nodiscard]] const std::vector<RulePtr>& rules() const { return rules_; }
  [[nodiscard]] const expr::RuleSet& set() const { return *set_; }
  /// Whose condition a number of the set is, and whether it is the one that resolves.
  [[nodiscard]] std::pair<std::size_t, bool> condition(std::uint32_t number) const { return conditions_[number]; }

 private:
  LogRules() = default;
  std::vector<RulePtr> rules_;
  std::vector<std::pair<std::size_t, bool>> conditions_;
  std::shared_ptr<const expr::RuleSet> set_;
};

/// Lines of one group of a rule that match, one or several in a row that nothing else came between.
struct LogMatch {
  std::size_t rule = 0;            ///< its index in LogRules
  bool resolves = false;           ///< the condition that resolves is true
  std::vector<std::string> group;  ///< what the rule groups by; empty: by the container
  std::uint64_t count = 1;
  Time first;                   ///< of the first of them
  Time last;                    ///< of the last of them
  LineFacts line;               ///< the first of them
  std::vector<LineFacts> more;  ///< some of the others
  std::string message;          ///< the rule's message about `line`
};

/// What is read of a log from batch to batch: which conditions the head of the line under way has matched, so that a
/// stack trace is one match and not thirty.
struct LogContext {
  std::shared_ptr<const LogRules> rules;                   // whose numbers these are
  std::array<std::vector<std::uint32_t>, 2> head_matches;  // of each std stream, ascending
};

struct LogEvaluation {
  std::vector<LogMatch> matches;
  std::uint64_t lines = 0;
  std::uint64_t evaluations = 0;  ///< of conditions
  /// For each rule that could not deal with a line: how many of them, and what it said of the last.
  struct Failure {
    std::size_t rule = 0;
    std::uint64_t lines = 0;
    std::string error;
    std::string line;  ///< its beginning
  };
  std::vector<Failure> failures;
  /// For each rule whose CPU time counts (RuleBudgets): about how much it was.
  std::vector<std::pair<std::size_t, Duration>> costs;
  /// Rules that were not asked about all lines, and about how many they were not: those that are off, and those that
  /// took more than RuleBudgets::most_at_once, from where on they would have held up the others.
  std::vector<std::pair<std::size_t, std::uint64_t>> unasked;
};

/// Which lines are of interest.
struct LineBounds {
  std::optional<Time> since = {};  ///< earlier ones are passed over
  /// How many matches of one group of a rule are told one by one from one batch; the others are counted.
  std::size_t most_single = 128;
};

/// How many of those that are counted are kept as samples.
inline constexpr std::size_t most_samples = 5;

/// Asks the rules about every line. Pure but for `context`.
/// @param container as it is now
/// @param off rules that are not asked; null: all are
[[nodiscard]] LogEvaluation evaluate(const std::shared_ptr<const LogRules>& rules, const Batch& batch,
                                     const ContainerView& container, const LineBounds& bounds, LogContext& context,
                                     const std::shared_ptr<const std::set<RuleId>>& off = nullptr);

/// A line as an alert keeps it.
[[nodiscard]] LineFacts facts_of(const Record& record, std::string_view text);

}  // namespace taffrail::alert
