#include "alert/rule/rule.hpp"

#include <fmt/format.h>
#include <utility>

#include "base/ascii.hpp"
#include "expr/context.hpp"
#include "expr/format.hpp"
#include "text/utf8.hpp"

namespace taffrail::alert {
namespace {

using Check = std::expected<void, RuleFault>;

/// What the rule's own expressions see.
const expr::Environment& environment_of(RuleType type) {
  switch (type) {
    case RuleType::log: return expr::Environment::log();
    case RuleType::metric: return expr::Environment::metric();
    case RuleType::event: return expr::Environment::event();
  }
  std::unreachable();
}

std::string_view key_of(RuleType type) {
  return type == RuleType::log ? "log" : type == RuleType::metric ? "metric" : "event";
}

std::unexpected<RuleFault> fault_of(std::string key, const expr::ExprError& error) {
  return std::unexpected(RuleFault{.key = std::move(key),
                                   .message = "does not compile: " + error.message,
                                   .line = error.line,
                                   .column = error.column});
}

Check compile_into(std::optional<expr::Condition>& condition, std::string_view key, const std::string& source,
                   const expr::Environment& environment, std::string_view when_empty) {
  if (ascii::trim(source).empty())
    return std::unexpected(RuleFault{.key = std::string(key), .message = std::string(when_empty)});
  auto made = expr::Condition::check(source, environment);
  if (!made) return fault_of(std::string(key), made.error());
  condition = std::move(*made);
  return {};
}

/// Where group keys are evaluated; each thread keeps the memory.
expr::Context& thread_context() {
  thread_local expr::Context context(expr::Limits::for_conditions());
  return context;
}

void append_group_text(std::string& out, expr::Value value) {
  if (!value.failed() && !value.is_nil()) (void)expr::append_text(out, value, 4 * Rule::longest_group);
}

std::string bounded(std::string_view text) {
  const std::string repaired = text::repair_utf8(text);
  return std::string(text::cut_at_character(repaired, Rule::longest_group));
}

}  // namespace

std::expected<RulePtr, RuleFault> Rule::check(RuleId id, std::int64_t version, RuleSpec spec) {
  std::shared_ptr<Rule> rule(new Rule);
  rule->id_ = id;
  rule->version_ = version;
  rule->spec_ = std::move(spec);
  const RuleSpec& s = rule->spec_;
  const expr::Environment& environment = environment_of(s.type);
  if (auto good = compile_into(rule->containers_, "containers", s.containers, expr::Environment::container(),
                               "is empty; write true for all containers");
      !good)
    return std::unexpected(std::move(good.error()));
  if (auto good = compile_into(rule->condition_, key_of(s.type), s.condition, environment,
                               fmt::format("is empty; write true for every {}", environment.what()));
      !good)
    return std::unexpected(std::move(good.error()));
  if (!s.resolve_when.empty())
    if (auto good = compile_into(rule->resolve_when_, "resolve", s.resolve_when, environment, "is empty"); !good)
      return std::unexpected(std::move(good.error()));
  if (!s.message.empty()) {
    auto made = expr::Template::compile(s.message, expr::Environment::notification());
    if (!made) return fault_of("message", made.error());
    rule->message_ = std::move(*made);
  }
  for (std::size_t i = 0; i < s.by.size(); ++i) {
    auto program = expr::Program::compile(s.by[i], environment);
    if (!program) return fault_of(fmt::format("by[{}]", i), program.error());
    rule->by_.push_back(std::move(*program));
  }
  if (s.schedule) {
    const auto zone = expr::find_zone(s.schedule->zone);
    if (!zone)
      return std::unexpected(RuleFault{
          .key = "schedule.zone", .message = "is no time zone that this system knows; one looks like Europe/Paris"});
    rule->zone_ = *zone;
  }
  return rule;
}

Result<RulePtr> Rule::compile(RuleId id, std::int64_t version, RuleSpec spec) {
  auto rule = check(id, version, std::move(spec));
  if (!rule) return std::unexpected(rule.error().to_error());
  return std::move(*rule);
}

Duration Rule::cooldown() const {
  // A sample comes every second: without a pause each would be told.
  return spec_.cooldown.value_or(spec_.type == RuleType::metric ? std::chrono::minutes(5) : Duration(0));
}

std::string Rule::message_about(expr::NotificationFields fields) const {
  if (!message_) return "";
  fields.rule_id = id_;
  fields.rule_name = spec_.name;
  fields.rule_condition = spec_.condition;
  auto rendered = message_->render(expr::NotificationVariables(fields));
  if (!rendered) return "(the message of this rule could not be filled in: " + rendered.error().detail + ")";
  return std::string(text::cut_at_character(rendered->text, longest_message));
}

std::vector<std::string> Rule::group_of(const expr::Variables& variables) const {
  if (by_.empty()) {
    const expr::Environment& environment = environment_of(spec_.type);
    std::string id;
    append_group_text(id, variables.get(*environment.find("container.hostId")));
    id += '/';
    append_group_text(id, variables.get(*environment.find("container.id")));
    return {bounded(id)};
  }
  std::vector<std::string> group;
  group.reserve(by_.size());
  for (const auto& program : by_) {
    std::string text;
    append_group_text(text, program->run(variables, thread_context()));
    group.push_back(bounded(text));
  }
  return group;
}

bool Rule::is_on_duty(Time now) const {
  if (!spec_.schedule) return true;
  const RuleSpec::Schedule& schedule = *spec_.schedule;
  const std::int64_t unix_seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const std::int64_t local = unix_seconds + expr::zone_offset(zone_, unix_seconds).seconds;
  const std::int64_t day = (local - (local % 86400 + 86400) % 86400) / 86400;
  const std::int64_t second = local - day * 86400;
  // 1 January 1970 was a Thursday, the fourth day.
  const auto has = [&](std::int64_t of) { return (schedule.days >> (((of + 3) % 7 + 7) % 7) & 1) != 0; };
  if (schedule.from < schedule.to) return has(day) && second >= schedule.from && second < schedule.to;
  return (has(day) && second >= schedule.from) || (has(day - 1) && second < schedule.to);
}

}  // namespace taffrail::alert
