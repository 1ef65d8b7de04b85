#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "api/alert_exchange.hpp"
#include "base/time_format.hpp"
#include "text/json_writer.hpp"

namespace taffrail::api {
namespace {

using alert::Alerts;

std::unexpected<Problem> refuse_rule(const alert::RuleFault& fault) {
  Problem problem{.status = 400, .detail = fault.to_error().detail, .line = {}, .column = {}};
  if (fault.line > 0) {
    problem.line = fault.line;
    problem.column = fault.column;
  }
  return std::unexpected(std::move(problem));
}

void append_rule(std::string& body, const Alerts::RuleInfo& rule) {
  text::JsonWriter json(body);
  json.begin_object().member("id", rule.id).member("version", rule.version);
  // The rule as it was given stands among them.
  const std::string spec = to_json(*rule.spec);
  json.next() += std::string_view(spec).substr(1, spec.size() - 2);
  json.member_or_null("origin", rule.origin);
  json.member("created", rule.created).member("changed", rule.changed).member("matches", rule.matches);
  json.member("last_match", rule.last_match).member("watched_containers", rule.containers).key("error");
  if (rule.fault)
    json.value(rule.fault->to_error().detail);
  else
    json.null();
  json.key("failures").begin_object().member("count", rule.failures.count);
  json.member_or_null("error", rule.failures.error).member_or_null("line", rule.failures.line).end_object();
  constexpr double billion = 1e9;
  json.key("costs").begin_object().member("cpu_seconds", static_cast<double>(rule.costs.cpu.count()) / billion);
  json.member("unlooked_lines", rule.costs.lines).end_object().key("throttled");
  if (const auto& throttled = rule.costs.throttled)
    json.begin_object()
        .member("since", throttled->since)
        .member("until", throttled->until)
        .member("unlooked_lines", throttled->lines)
        .end_object();
  else
    json.null();
  json.end_object();
}

std::string rule_json(const Alerts::RuleInfo& rule) {
  std::string body;
  append_rule(body, rule);
  body += '\n';
  return body;
}

/// Bytes after which a page ends: many clients may hold one that they do not read.
constexpr std::size_t most_page = 1UZ << 20;

Answer<alert::RuleSpec> rule_in(const Exchange& exchange) {
  auto spec = alert::read_rule(exchange.request.body, alert::RuleOrigin::api);
  if (!spec) return refuse_rule(spec.error());
  return std::move(*spec);
}

Task<Answer<>> list_rules(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  auto after = number_of(exchange, "after");
  if (!after) co_return forward(after);
  auto limit = limit_of(exchange);
  if (!limit) co_return forward(limit);
  // Without a limit all of them, as far as they fit into a page.
  const bool limited = exchange.target.parameter("limit").has_value();
  const auto most = limited ? static_cast<std::size_t>(*limit) + 1 : SIZE_MAX;
  const std::vector<Alerts::RuleInfo> rules = (*alerts)->rules(after->value_or(0), most);
  std::string body = co_await exchange.workers.run([&] {
    std::string made;
    text::JsonWriter json(made);
    json.begin_object().key("rules").begin_array();
    std::size_t shown = 0;
    while (shown < rules.size() && shown + 1 < most && made.size() < most_page)
      append_rule(json.next(), rules[shown++]);
    json.end_array().key("next");
    if (shown < rules.size())
      json.value(rules[shown - 1].id);
    else
      json.null();
    json.end_object();
    made += '\n';
    return made;
  });
  co_return co_await send_json(exchange, std::move(body));
}

Task<Answer<>> create_rule(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  auto spec = rule_in(exchange);
  if (!spec) co_return forward(spec);
  auto made = co_await (*alerts)->create_rule(std::move(*spec), author_of(exchange));
  if (!made) co_return refuse(std::move(made.error()));
  if (!*made) co_return refuse_rule(made->error());
  co_return co_await send_made(exchange, rule_json(**made));
}

Task<Answer<>> show_rule(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  auto id = number_in(exchange);
  if (!id) co_return forward(id);
  const auto rule = (*alerts)->rule(*id);
  if (!rule) co_return refuse(404, "there is no rule " + std::to_string(*id));
  co_return co_await send_json(exchange, rule_json(*rule));
}

Task<Answer<>> send_changed(Exchange& exchange, Result<Alerts::Changed> changed) {
  if (!changed) co_return refuse(std::move(changed.error()));
  if (!*changed) co_return refuse_rule(changed->error());
  co_return co_await send_json(exchange, rule_json(**changed));
}

Task<Answer<>> replace_rule(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  auto id = number_in(exchange);
  if (!id) co_return forward(id);
  if (!(*alerts)->rule(*id)) co_return refuse(404, "there is no rule " + std::to_string(*id));
  auto spec = rule_in(exchange);
  if (!spec) co_return forward(spec);
  auto changed = co_await (*alerts)->replace_rule(*id, std::move(*spec), author_of(exchange));
  co_return co_await send_changed(exchange, std::move(changed));
}

Task<Answer<>> patch_rule(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  auto id = number_in(exchange);
  if (!id) co_return forward(id);
  auto changed = co_await (*alerts)->patch_rule(*id, exchange.request.body, author_of(exchange));
  co_return co_await send_changed(exchange, std::move(changed));
}

Task<Answer<>> remove_rule(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  auto id = number_in(exchange);
  if (!id) co_return forward(id);
  auto done = co_await (*alerts)->remove_rule(*id);
  if (!done) co_return refuse(std::move(done.error()));
  co_return co_await send_nothing(exchange);
}

Task<Answer<>> rule_versions(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  auto id = number_in(exchange);
  if (!id) co_return forward(id);
  auto body = co_await (*alerts)->rule_versions(*id);
  if (!body) co_return refuse(std::move(body.error()));
  co_return co_await send_json(exchange, std::move(*body));
}

/// The rule of the body, with `since` beside its keys.
Task<Answer<>> preview_rule(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  boost::system::error_code failed;
  boost::json::value body = boost::json::parse(exchange.request.body, failed);
  if (failed || !body.is_object()) co_return refuse(400, "the body is no JSON object: a rule, and 'since'");
  const Time now = services.pipeline.clock().now();
  constexpr Duration standard = std::chrono::hours(1);
  Time since = now - standard;
  if (const boost::json::value* given = body.get_object().if_contains("since")) {
    if (!given->is_string()) co_return refuse(400, "'since' is no string: a time, or a duration before now");
    auto time = parse_time_parameter(std::string_view(given->get_string()), now);
    if (!time) co_return refuse(400, "since: " + time.error().detail);
    since = *time;
    body.get_object().erase("since");
  }
  if (!body.get_object().contains("name")) body.get_object()["name"] = "preview";
  auto spec = alert::read_rule(boost::json::serialize(body), alert::RuleOrigin::api);
  if (!spec) co_return refuse_rule(spec.error());
  auto rule = alert::Rule::check(0, 1, std::move(*spec));
  if (!rule) co_return refuse_rule(rule.error());
  auto found = co_await (*alerts)->preview(std::move(*rule), since,
                                           [&](const Container& container) { return exchange.caller.sees(container); });
  if (!found) co_return refuse(std::move(found.error()));
  co_return co_await send_json(exchange, std::move(*found));
}

}  // namespace

std::vector<Route> rule_routes(Services& services) {
  const auto with = [&services](auto handler) {
    return [&services, handler](Exchange& exchange) { return handler(services, exchange); };
  };
  return {{"GET", "/api/v1/rules", {"after", "limit"}, with(list_rules)},
          {"POST", "/api/v1/rules", {}, with(create_rule)},
          {"POST", "/api/v1/rules/preview", {}, with(preview_rule)},
          {"GET", "/api/v1/rules/{id}", {}, with(show_rule)},
          {"PUT", "/api/v1/rules/{id}", {}, with(replace_rule)},
          {"PATCH", "/api/v1/rules/{id}", {}, with(patch_rule)},
          {"DELETE", "/api/v1/rules/{id}", {}, with(remove_rule)},
          {"GET", "/api/v1/rules/{id}/versions", {}, with(rule_versions)}};
}

}  // namespace taffrail::api
