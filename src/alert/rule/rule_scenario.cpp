#include "alert/rule/rule_scenario.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <limits>
#include <map>

#include "alert/rule/group_state.hpp"
#include "alert/rule/moving_sample.hpp"
#include "alert/sample_facts.hpp"
#include "base/time_format.hpp"
#include "expr/event_variables.hpp"
#include "expr/log_variables.hpp"
#include "expr/notification_variables.hpp"
#include "model/variables/container_view.hpp"
#include "model/variables/logfmt_fields.hpp"
#include "text/line.hpp"

namespace taffrail::alert {
namespace {

/// Plays one scenario.
class Player {
 public:
  Player(const Scenario& scenario, const Rule& rule)
      : scenario_(scenario),
        rule_(rule),
        container_(std::make_shared<const Container>(scenario.container), scenario.host) {
    if (rule.spec().window) moving_.emplace(*rule.spec().window);
  }

  std::vector<ScenarioAlert> run() {
    if (!rule_.containers().matches(expr::ContainerVariables(container_.fields())).value_or(false)) return {};
    // What is missed is missed from the start on.
    if (rule_.spec().absent && rule_.spec().by.empty()) {
      (void)group_of(line_of("", "", scenario_.start));
    }
    for (const ScenarioInput& input : scenario_.inputs) {
      pass_until(input.at);
      std::visit([&](const auto& what) { happen(input.at, what); }, input.what);
    }
    pass_until(scenario_.until);
    return std::move(told_);
  }

 private:
  using Group = std::pair<const std::vector<std::string>, GroupState>;

  Group& group_of(const expr::Variables& variables) {
    return *groups_.try_emplace(rule_.group_of(variables), rule_, scenario_.start).first;
  }

  void pass_until(Time until) {
    for (;;) {
      Group* next = nullptr;
      Time due = Time::max();
      for (Group& group : groups_) {
        const auto at = group.second.due(rule_);
        if (!at || *at >= due) continue;
        due = *at;
        next = &group;
      }
      if (next == nullptr || due > until) return;
      now_ = std::max(now_, due);
      tell(*next, next->second.pass(rule_, now_, runs_), {});
    }
  }

  const expr::LogVariables& line_of(std::string_view text, std::string_view level, Time at) {
    const text::LineInfo info = classifier_.classify(text, at, text::StdStream::out);
    expr::LogFields fields{.text = text,
                           .level = level.empty() ? to_string(info.level) : level,
                           .stream = "stdout",
                           .kind = info.kind == text::Kind::json     ? expr::LineKind::json
                                   : info.kind == text::Kind::logfmt ? expr::LineKind::logfmt
                                                                     : expr::LineKind::text,
                           .sequence = static_cast<std::int64_t>(++lines_),
                           .time = at,
                           .container = &container_.fields()};
    if (info.kind == text::Kind::logfmt) {
      logfmt_.set(text);
      fields.logfmt = &logfmt_;
    }
    line_.set(fields);
    return line_;
  }

  void happen(Time at, const ScenarioInput::Line& line) {
    if (rule_.spec().type != RuleType::log) return;
    const expr::LogVariables& variables = line_of(line.text, line.level, at);
    judge(at, variables, {.type = "log", .detail = line.text, .log = &variables});
  }
  void happen(Time at, const EventFacts& event) {
    if (rule_.spec().type != RuleType::event) return;
    const expr::StringMapSource attributes(event.attributes);
    const expr::EventFields fields{.name = event.action,
                                   .actor_id = container_.fields().id,
                                   .time = at,
                                   .attributes = &attributes,
                                   .container = &container_.fields()};
    const expr::EventVariables variables(fields);
    judge(at, variables, {.type = "event", .detail = event.action, .event = &variables});
  }
  void happen(Time at, const SampleFacts& given) {
    if (rule_.spec().type != RuleType::metric) return;
    SampleFacts facts = given;
    facts.sample.time = at;
    if (moving_)
      facts =
          sample_facts(moving_->add(facts.sample), scenario_.container, nullptr, given.mounts, given.restarts_per_hour);
    const SampleView view(facts, &container_.fields());
    if (!rule_.is_on_duty(at)) return;
    const auto holds = rule_.condition().matches(view.variables());
    Group& group = group_of(view.variables());
    now_ = std::max(now_, at);
    tell(group, group.second.take_sample(rule_, at, holds.value_or(false)),
         {.type = "metric", .detail = "a sample", .metric = &view.variables()});
    if (rule_.resolve_when() != nullptr && rule_.resolve_when()->matches(view.variables()).value_or(false))
      tell(group, group.second.take_resolved(rule_, at), {});
  }
  void happen(Time at, ScenarioInput::Stop) {
    runs_ = false;
    now_ = std::max(now_, at);
    for (Group& group : groups_) tell(group, group.second.pass(rule_, now_, false), {});
  }

  void judge(Time at, const expr::Variables& variables, const expr::NotificationFields& fields) {
    if (!rule_.is_on_duty(at)) return;
    const bool matches = rule_.condition().matches(variables).value_or(false);
    const bool over = rule_.resolve_when() != nullptr && rule_.resolve_when()->matches(variables).value_or(false);
    if (!matches && !over) return;
    Group& group = group_of(variables);
    now_ = std::max(now_, at);
    tell(group, matches ? group.second.take(rule_, at, 1) : group.second.take_resolved(rule_, at), fields);
  }

  void tell(const Group& group, const GroupState::Decision& decision, expr::NotificationFields fields) {
    const auto add = [&](std::string state, std::optional<std::uint64_t> count) {
      ScenarioAlert alert{.at = now_, .state = std::move(state), .count = count, .group = group.first};
      if (rule_.message() != nullptr) {
        fields.time = now_;
        fields.container = &container_.fields();
        fields.rule_name = rule_.spec().name;
        fields.rule_condition = rule_.spec().condition;
        const auto rendered = rule_.message()->render(expr::NotificationVariables(fields));
        alert.message = rendered ? rendered->text : rendered.error().detail;
      }
      told_.push_back(std::move(alert));
    };
    // The count of a decision is that of what begins or goes on.
    const bool speaks = decision.fires || decision.repeats;
    if (decision.resolves && !decision.quietly) add("resolved", speaks ? std::nullopt : std::optional(decision.count));
    if (speaks) add(decision.fires ? "firing" : "repeated", decision.count);
  }

  const Scenario& scenario_;
  const Rule& rule_;
  ContainerView container_;
  std::map<std::vector<std::string>, GroupState> groups_;
  std::optional<MovingSample> moving_;
  text::LineClassifier classifier_;
  LogfmtFields logfmt_;
  expr::LogVariables line_;
  std::size_t lines_ = 0;
  Time now_ = scenario_.start;
  bool runs_ = true;
  std::vector<ScenarioAlert> told_;
};

std::string shown(const ScenarioAlert& alert, Time start) {
  std::string text = fmt::format("{} at {}", alert.state, to_duration_text(alert.at - start));
  if (alert.count) text += fmt::format(", count {}", *alert.count);
  if (alert.group) text += fmt::format(", group [{}]", fmt::join(*alert.group, ", "));
  if (alert.message) text += fmt::format(", message \"{}\"", *alert.message);
  return text;
}

bool is_as_expected(const ScenarioAlert& told, const ScenarioAlert& expected) {
  const auto fits = [](const auto& is, const auto& should) { return !should || is == should; };
  return told.at == expected.at && told.state == expected.state && fits(told.count, expected.count) &&
         fits(told.message, expected.message) && fits(told.group, expected.group);
}

}  // namespace

std::vector<ScenarioAlert> play(const Scenario& scenario, const Rule& rule) { return Player(scenario, rule).run(); }

std::vector<FileProblem> differences(const Scenario& scenario, const std::vector<ScenarioAlert>& told,
                                     const std::string& file) {
  std::vector<FileProblem> found;
  const std::size_t most = std::max(told.size(), scenario.alerts.size());
  for (std::size_t i = 0; i < most && found.empty(); ++i) {
    const ScenarioAlert* is = i < told.size() ? &told[i] : nullptr;
    const ScenarioAlert* should = i < scenario.alerts.size() ? &scenario.alerts[i] : nullptr;
    if (is != nullptr && should != nullptr && is_as_expected(*is, *should)) continue;
    found.push_back({.file = file,
                     .line = should != nullptr ? should->line : scenario.line,
                     .message = fmt::format("test '{}': alert {} should be {}, but is {}", scenario.name, i + 1,
                                            should != nullptr ? shown(*should, scenario.start) : "none",
                                            is != nullptr ? shown(*is, scenario.start) : "none")});
  }
  return found;
}

}  // namespace taffrail::alert
