#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "alert/notification.hpp"
#include "base/clock.hpp"

namespace taffrail::alert {

/// What rules may cost. One that takes more CPU time over a while than it may is set aside, because it would hold
/// up all others: it is not asked for a time, the lines, samples or events that it would have been asked about are
/// counted, and then it is tried again. Each time that it is set aside anew is twice as long as the one before. Pure
/// but for what it is told.
class RuleBudgets {
 public:
  /// Of one processor, averaged over `averaged`. Only what is beyond expr::RuleSet::free_time a line (sample, event)
  /// counts, so that ordinary rules may look at any number of them.
  static constexpr double share = 0.1;
  static constexpr Duration averaged = std::chrono::seconds(10);
  /// More than that in one go sets it aside in any case.
  static constexpr Duration most_at_once = std::chrono::seconds(1);
  static_assert(most_at_once == Duration(static_cast<Duration::rep>(share * static_cast<double>(averaged.count()))));
  static constexpr Duration first_pause = std::chrono::seconds(30);
  static constexpr Duration longest_pause = std::chrono::hours(1);
  /// After so long without being set aside the next time begins with `first_pause` again.
  static constexpr Duration forgiven = std::chrono::hours(1);

  /// A rule that is set aside.
  struct Throttled {
    Time since;
    Time until;               ///< when it is tried again
    std::uint64_t lines = 0;  ///< (samples, events) that it was not asked about
  };
  struct Costs {
    Duration cpu{};           ///< what was counted of it, ever
    std::uint64_t lines = 0;  ///< that it was not asked about, ever
    std::optional<Throttled> throttled;
  };

  /// Something was spent on a rule. @return the rule's suspension where it begins with this
  std::optional<Throttled> charge(RuleId rule, Duration cpu, Time now, SteadyTime at);
  /// A rule that is set aside was not asked about so many lines.
  void add_unlooked(RuleId rule, std::uint64_t lines);
  /// Rules whose time is over by then, and that are asked again, each with how many lines it was not asked about.
  std::vector<std::pair<RuleId, std::uint64_t>> resume(SteadyTime at);
  /// The rule is gone, or is another one now. @return whether it was set aside
  bool forget(RuleId rule);

  /// Null: it has cost nothing that counts.
  [[nodiscard]] const Costs* costs(RuleId rule) const;
  /// Those that are set aside; for workers as it is. Null: none.
  [[nodiscard]] const std::shared_ptr<const std::set<RuleId>>& throttled() const { return throttled_; }
  [[nodiscard]] std::vector<RuleId> known() const;
  /// Lines that rules were not asked about, of all rules that ever were.
  [[nodiscard]] std::uint64_t unlooked() const { return unlooked_; }

 private:
  struct Account {
    Costs costs;
    Duration level{};       // spent and not yet let pass
    SteadyTime counted_at;  // when `level` was that
    SteadyTime until;       // of the suspension; of the last one when there is none
    Duration pause = first_pause;
  };
  void publish();

  std::map<RuleId, Account> accounts_;
  std::shared_ptr<const std::set<RuleId>> throttled_;
  std::uint64_t unlooked_ = 0;
};

}  // namespace taffrail::alert
