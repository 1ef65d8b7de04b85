#include "alert/engine/log_evaluation.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>

#include "alert/engine/rule_budgets.hpp"
#include "expr/stopwatch.hpp"
#include "model/variables/line_view.hpp"
#include "text/utf8.hpp"

namespace taffrail::alert {
namespace {

/// Has the state ask none of the conditions of these rules.
void set_off(const LogRules& rules, const std::set<std::size_t>& indices, expr::RuleSet::State& state) {
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t number = 0; !indices.empty() && number < rules.set().size(); ++number)
    if (indices.contains(rules.condition(number).first)) numbers.push_back(number);
  state.set_off(numbers);
}

std::set<std::size_t> indices_of(const LogRules& rules, const std::set<RuleId>* ids) {
  std::set<std::size_t> indices;
  for (std::size_t index = 0; ids && index < rules.rules().size(); ++index)
    if (ids->contains(rules.rules()[index]->id())) indices.insert(index);
  return indices;
}

/// One evaluation of a batch as it grows.
class Evaluator {
 public:
  Evaluator(const LogRules& rules, const Batch& batch, const ContainerView& container, LogContext& context,
            expr::RuleSet::State& state, const std::set<std::size_t>& off, std::size_t most_single)
      : rules_(rules),
        batch_(batch),
        container_(container),
        context_(context),
        state_(state),
        off_(off),
        most_single_(most_single),
        told_(rules.rules().size()) {}

  void look_at(const Record& record) {
    if (state_.has_exceeded() || has_exceeded_) drop_dear();
    ++result_.lines;
    line_.set(batch_, record, &container_.fields());
    rules_.set().match(line_.variables(), state_);
    result_.evaluations += state_.evaluated;
    auto& head = context_.head_matches[record.stream == text::StdStream::err ? 1 : 0];
    if (!record.continues) head.clear();
    for (const std::uint32_t number : state_.matched) {
      const auto at = std::ranges::lower_bound(head, number);
      if (at != head.end() && *at == number) continue;  // a line further down of what has matched already
      head.insert(at, number);
      if (watch_)
        (void)watch_->lap(expr::RuleSet::free_time);  // what was done between two matches
      else
        watch_.emplace();
      add(number, record);
      charge(rules_.condition(number).first, watch_->lap(expr::RuleSet::free_time));
    }
    for (const std::uint32_t number : state_.failed) fail(number);
  }

  /// Whether rules were dropped on the way.
  [[nodiscard]] bool has_dropped() const { return !dropped_.empty(); }

  LogEvaluation finish() {
    line_.clear();
    for (const std::size_t index : off_) result_.unasked.emplace_back(index, result_.lines);
    for (const auto& [index, lines] : dropped_) result_.unasked.emplace_back(index, result_.lines - lines);
    for (std::uint32_t number = 0; state_.has_costs() && number < rules_.set().size(); ++number)
      told_[rules_.condition(number).first] += state_.cost(number);
    for (std::size_t index = 0; index < told_.size(); ++index)
      if (told_[index] > Duration(0)) result_.costs.emplace_back(index, told_[index]);
    return std::move(result_);
  }

 private:
  /// Goes on without the rules that took too much.
  void drop_dear() {
    std::set<std::size_t> off = off_;
    for (std::uint32_t number = 0; number < rules_.set().size(); ++number)
      if (const std::size_t index = rules_.condition(number).first;
          state_.cost(number) > state_.most || told_[index] > state_.most)
        dropped_.emplace(index, result_.lines);
    has_exceeded_ = false;
    for (const auto& [index, lines] : dropped_) off.insert(index);
    set_off(rules_, off, state_);
  }

  /// What its groups and its message took of a match.
  void charge(std::size_t index, Duration took) {
    if (took <= expr::RuleSet::free_time) return;
    told_[index] += took - expr::RuleSet::free_time;
    if (told_[index] > state_.most) has_exceeded_ = true;
  }

  void add(std::uint32_t number, const Record& record) {
    const auto [index, resolves] = rules_.condition(number);
    const Rule& rule = *rules_.rules()[index];
    std::vector<std::string> group;
    if (!rule.spec().by.empty()) group = rule.group_of(line_.variables());
    auto& known = groups_[{index, group}];
    // What resolves comes between matches: it is not to be counted together with what came before it.
    const bool apart = known.matches < most_single_ || result_.matches[known.last].resolves != resolves;
    if (apart) {
      known.last = result_.matches.size();
      ++known.matches;
      LogMatch& match = result_.matches.emplace_back();
      match.rule = index;
      match.resolves = resolves;
      match.first = match.last = record.time;
      match.line = facts_of(record, line_.text());
      if (!resolves)
        match.message = rule.message_about({.type = "log",
                                            .detail = match.line.text,
                                            .time = match.line.time,
                                            .container = &container_.fields(),
                                            .log = &line_.variables()});
      match.group = std::move(group);
      return;
    }
    LogMatch& match = result_.matches[known.last];
    ++match.count;
    match.last = record.time;
    if (match.more.size() < most_samples) match.more.push_back(facts_of(record, line_.text()));
  }

  void fail(std::uint32_t number) {
    const std::size_t index = rules_.condition(number).first;
    auto known = std::ranges::find(result_.failures, index, &LogEvaluation::Failure::rule);
    if (known == result_.failures.end()) {
      constexpr std::size_t shown = 200;
      const auto why = rules_.set().rule(number).matches(line_.variables());
      result_.failures.push_back({.rule = index,
                                  .error = why ? "" : why.error().detail,
                                  .line = std::string(text::cut_at_character(line_.text(), shown))});
      known = std::prev(result_.failures.end());
    }
    ++known->lines;
  }

  /// What was added of one group of one rule.
  struct Known {
    std::size_t matches = 0;
    std::size_t last = 0;  // its index
  };

  const LogRules& rules_;
  const Batch& batch_;
  const ContainerView& container_;
  LogContext& context_;
  LineView line_;
  expr::RuleSet::State& state_;
  const std::set<std::size_t>& off_;
  std::size_t most_single_;
  std::map<std::size_t, std::uint64_t> dropped_;  // rules, and after how many lines
  std::vector<Duration> told_;                    // what groups and messages took, by rule
  bool has_exceeded_ = false;                     // of these, one
  std::optional<expr::Stopwatch> watch_;          // from the first match on
  std::map<std::pair<std::size_t, std::vector<std::string>>, Known> groups_;
  LogEvaluation result_;
};

}  // namespace

Result<std::shared_ptr<const LogRules>> LogRules::build(std::vector<RulePtr> rules) {
  auto made = std::shared_ptr<LogRules>(new LogRules);
  std::vector<expr::Condition> conditions;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    conditions.push_back(rules[i]->condition());
    made->conditions_.emplace_back(i, false);
  }
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (!rules[i]->resolve_when()) continue;
    conditions.push_back(*rules[i]->resolve_when());
    made->conditions_.emplace_back(i, true);
  }
  auto set = expr::RuleSet::build(std::move(conditions));
  if (!set) return forward(set);
  made->rules_ = std::move(rules);
  made->set_ = std::move(*set);
  return made;
}

LogEvaluation evaluate(const std::shared_ptr<const LogRules>& rules, const Batch& batch, const ContainerView& container,
                       const LineBounds& bounds, LogContext& context,
                       const std::shared_ptr<const std::set<RuleId>>& off) {
  if (context.rules != rules) context = {.rules = rules, .head_matches = {}};
  // What a set needs of a thread is dear to make, and most containers have the same set.
  thread_local std::shared_ptr<const LogRules> last;
  thread_local std::optional<expr::RuleSet::State> state;
  thread_local std::shared_ptr<const std::set<RuleId>> last_off;
  thread_local std::set<std::size_t> indices_off;
  if (last != rules) {
    state.emplace(rules->set());
    state->most = RuleBudgets::most_at_once;
    last = rules;
    last_off = nullptr;
    indices_off.clear();
  }
  if (last_off != off) {
    last_off = off;
    indices_off = indices_of(*rules, off.get());
    set_off(*rules, indices_off, *state);
  }
  state->forget_costs();
  Evaluator evaluator(*rules, batch, container, context, *state, indices_off, bounds.most_single);
  for (const Record& record : batch.records)
    if (!bounds.since || record.time >= *bounds.since) evaluator.look_at(record);
  if (evaluator.has_dropped()) set_off(*rules, indices_off, *state);
  return evaluator.finish();
}

LineFacts facts_of(const Record& record, std::string_view text) {
  LineFacts facts;
  facts.seq = record.seq;
  facts.time = record.time;
  facts.place_time = record.place_time;
  facts.level = record.head_level;
  facts.stream = record.stream;
  facts.kind = record.kind;
  facts.text = text::cut_at_character(text, LineFacts::longest_text);
  facts.truncated = record.truncated || facts.text.size() < text.size();
  return facts;
}

}  // namespace taffrail::alert
