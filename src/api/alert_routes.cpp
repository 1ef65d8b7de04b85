#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "api/alert_exchange.hpp"
#include "api/container_filter.hpp"
#include "base/time_format.hpp"
#include "expr/condition.hpp"
#include "text/json_writer.hpp"

namespace taffrail::api {
namespace {

using alert::Alerts;
using alert::AlertState;

constexpr std::size_t longest_comment = 2000;  // bytes: a remark, not a report

/// The members of a body that are all texts. An empty body has none.
Answer<boost::json::object> texts_in(const Exchange& exchange, std::span<const std::string_view> known) {
  if (exchange.request.body.empty()) return boost::json::object();
  boost::system::error_code failed;
  boost::json::value value = boost::json::parse(exchange.request.body, failed);
  if (failed || !value.is_object()) return refuse(400, "the body is no JSON object");
  for (const auto& member : value.get_object()) {
    const std::string key(member.key());
    if (std::ranges::find(known, key) == known.end()) return refuse(400, "unknown key '" + key + "'");
    if (!member.value().is_string()) return refuse(400, "'" + key + "' is no string");
  }
  return std::move(value.get_object());
}

std::string text_of(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  return value ? std::string(value->get_string()) : std::string();
}

Task<Answer<>> list_notifications(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  alert::NotificationQuery query;
  for (const auto& [name, into] : {std::pair("rule", &query.rule),
                                   {"alert", &query.alert},
                                   {"destination", &query.destination},
                                   {"before", &query.before}}) {
    auto number = number_of(exchange, name);
    if (!number) co_return forward(number);
    *into = *number;
  }
  query.state = exchange.target.parameter("state").value_or("");
  if (!query.state.empty() && query.state != "pending" && query.state != "delivered" && query.state != "dead")
    co_return refuse(400, "state: '" + query.state + "' is none of pending, delivered and dead");
  auto since = time_in(services, exchange, "since");
  if (!since) co_return forward(since);
  query.since = *since;
  auto limit = limit_of(exchange);
  if (!limit) co_return forward(limit);
  query.limit = *limit;
  auto body = co_await (*alerts)->list_notifications(std::move(query));
  if (!body) co_return refuse(std::move(body.error()));
  co_return co_await send_json(exchange, std::move(*body));
}

Task<Answer<>> retry(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  auto destination = number_of(exchange, "destination");
  if (!destination) co_return forward(destination);
  auto done = co_await (*alerts)->retry(exchange.captures.front(), *destination);
  if (!done) co_return refuse(std::move(done.error()));
  co_return co_await send_nothing(exchange);
}

Task<Answer<>> list_attempts(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  auto body = co_await (*alerts)->list_attempts(exchange.captures.front());
  if (!body) co_return refuse(std::move(body.error()));
  co_return co_await send_json(exchange, std::move(*body));
}

Task<Answer<>> list_alerts(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  alert::AlertQuery query;
  if (const auto name = exchange.target.parameter("state")) {
    constexpr std::array states{AlertState::firing, AlertState::acknowledged, AlertState::silenced,
                                AlertState::resolved};
    const auto state = std::ranges::find(states, *name, [](AlertState one) { return to_string(one); });
    if (state == states.end())
      co_return refuse(400,
                       "state: '" + std::string(*name) + "' is none of firing, acknowledged, silenced and resolved");
    query.state = *state;
  }
  for (const auto& [name, into] : {std::pair("rule", &query.rule), {"before", &query.before}}) {
    auto number = number_of(exchange, name);
    if (!number) co_return forward(number);
    *into = *number;
  }
  auto since = time_in(services, exchange, "since");
  if (!since) co_return forward(since);
  query.since = *since;
  auto limit = limit_of(exchange);
  if (!limit) co_return forward(limit);
  query.limit = *limit;
  auto body = co_await (*alerts)->list_alerts(query);
  if (!body) co_return refuse(std::move(body.error()));
  co_return co_await send_json(exchange, std::move(*body));
}

Task<Answer<>> show_alert(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  auto id = number_in(exchange);
  if (!id) co_return forward(id);
  auto body = co_await (*alerts)->show_alert(*id);
  if (!body) co_return refuse(std::move(body.error()));
  co_return co_await send_json(exchange, std::move(*body));
}

Task<Answer<>> acknowledge(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  auto id = number_in(exchange);
  if (!id) co_return forward(id);
  constexpr std::array<std::string_view, 2> known{"comment", "author"};
  auto said = texts_in(exchange, known);
  if (!said) co_return forward(said);
  std::string comment = text_of(*said, "comment");
  std::string author = text_of(*said, "author");
  if (comment.size() > longest_comment || author.size() > longest_comment)
    co_return refuse(400, "'comment' and 'author' are at most 2000 bytes");
  if (author.empty()) author = author_of(exchange);
  auto done = co_await (*alerts)->acknowledge(*id, std::move(author), std::move(comment));
  if (!done) co_return refuse(std::move(done.error()));
  co_return co_await send_nothing(exchange);
}

void append_silence(text::JsonWriter& json, const Alerts::Silence& silence, Time now) {
  json.begin_object().member("id", silence.id).member("filter", silence.filter).member("until", silence.until);
  json.member("comment", silence.comment).member("created", silence.created);
  json.member("active", silence.until > now && silence.condition.has_value()).end_object();
}

Task<Answer<>> list_silences(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  std::string body;
  text::JsonWriter json(body);
  json.begin_object().key("silences").begin_array();
  for (const auto& [id, silence] : (*alerts)->silences())
    append_silence(json, silence, services.pipeline.clock().now());
  json.end_array().end_object();
  body += '\n';
  co_return co_await send_json(exchange, std::move(body));
}

Task<Answer<>> create_silence(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  constexpr std::array<std::string_view, 3> known{"filter", "until", "comment"};
  auto said = texts_in(exchange, known);
  if (!said) co_return forward(said);
  const std::string filter = text_of(*said, "filter");
  const std::string until_text = text_of(*said, "until");
  const std::string comment = text_of(*said, "comment");
  if (filter.empty() || until_text.empty()) co_return refuse(400, "'filter' and 'until' are both needed");
  if (comment.size() > longest_comment) co_return refuse(400, "'comment' is at most 2000 bytes");
  auto condition = expr::Condition::check(filter, expr::Environment::notification());
  if (!condition) co_return refuse_expression("filter", condition.error());
  const Time now = services.pipeline.clock().now();
  // A duration is from now on here, where others are before now.
  const auto length = parse_duration(until_text);
  auto until = length ? Result<Time>(moved(now, *length)) : parse_time_parameter(until_text, now);
  if (!until) co_return refuse(400, "until: " + until.error().detail);
  if (*until <= now) co_return refuse(400, "until: '" + until_text + "' is over already");
  auto id = co_await (*alerts)->create_silence(std::move(*condition), *until, comment);
  if (!id) co_return refuse(std::move(id.error()));
  std::string body;
  text::JsonWriter json(body);
  append_silence(json, (*alerts)->silences().at(*id), now);
  body += '\n';
  co_return co_await send_made(exchange, std::move(body));
}

Task<Answer<>> show_silence(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  auto id = number_in(exchange);
  if (!id) co_return forward(id);
  const auto at = (*alerts)->silences().find(*id);
  if (at == (*alerts)->silences().end()) co_return refuse(404, "there is no silence " + std::to_string(*id));
  std::string body;
  text::JsonWriter json(body);
  append_silence(json, at->second, services.pipeline.clock().now());
  body += '\n';
  co_return co_await send_json(exchange, std::move(body));
}

Task<Answer<>> remove_silence(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  auto id = number_in(exchange);
  if (!id) co_return forward(id);
  auto done = co_await (*alerts)->remove_silence(*id);
  if (!done) co_return refuse(std::move(done.error()));
  co_return co_await send_nothing(exchange);
}

}  // namespace

std::vector<Route> alert_routes(Services& services) {
  const auto with = [&services](auto handler) {
    return [&services, handler](Exchange& exchange) { return handler(services, exchange); };
  };
  return {{"GET",
           "/api/v1/notifications",
           {"rule", "alert", "destination", "state", "since", "before", "limit"},
           with(list_notifications)},
          {"POST", "/api/v1/notifications/{id}/retry", {"destination"}, with(retry)},
          {"GET", "/api/v1/notifications/{id}/attempts", {}, with(list_attempts)},
          {"GET", "/api/v1/alerts", {"state", "rule", "since", "before", "limit"}, with(list_alerts)},
          {"GET", "/api/v1/alerts/{id}", {}, with(show_alert)},
          {"POST", "/api/v1/alerts/{id}/acknowledge", {}, with(acknowledge)},
          {"GET", "/api/v1/silences", {}, with(list_silences)},
          {"POST", "/api/v1/silences", {}, with(create_silence)},
          {"GET", "/api/v1/silences/{id}", {}, with(show_silence)},
          {"DELETE", "/api/v1/silences/{id}", {}, with(remove_silence)}};
}

}  // namespace taffrail::api
