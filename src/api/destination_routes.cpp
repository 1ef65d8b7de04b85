#include <string>
#include <string_view>
#include <utility>

#include "alert/destination/destination.hpp"
#include "alert/destination/service.hpp"
#include "api/alert_exchange.hpp"
#include "text/json_writer.hpp"

namespace taffrail::api {
namespace {

using alert::Alerts;
using alert::Attempt;
using alert::Destination;

std::string_view name_of(Attempt::Outcome outcome) {
  switch (outcome) {
    case Attempt::Outcome::delivered: return "delivered";
    case Attempt::Outcome::again: return "again";
    case Attempt::Outcome::refused: return "refused";
  }
  return "";
}

std::string_view name_of(alert::FieldKind kind) {
  switch (kind) {
    case alert::FieldKind::line: return "line";
    case alert::FieldKind::text: return "text";
    case alert::FieldKind::url: return "url";
    case alert::FieldKind::pem: return "pem";
    case alert::FieldKind::number: return "number";
    case alert::FieldKind::flag: return "flag";
    case alert::FieldKind::choice: return "choice";
    case alert::FieldKind::list: return "list";
    case alert::FieldKind::length: return "length";
  }
  return "";
}

void append_destination(std::string& body, const Alerts& alerts, const Destination& destination) {
  std::string text = to_json(destination);
  text.pop_back();
  body += text;
  const alert::Outbox::Health health = alerts.health(destination.id);
  text::JsonWriter json(body);
  body += ",\"origin\":";
  const std::string origin = alerts.origin(destination.id);
  if (origin.empty())
    json.null();
  else
    json.value(origin);
  body += ",\"health\":";
  json.begin_object().member("pending", health.pending).member("delivered", health.counters.delivered);
  json.member("failed", health.counters.failed).member("refused", health.counters.refused);
  json.member("dead", health.counters.dead).member("failures", health.failures);
  json.member_or_null("error", health.error).member("last_delivered", health.last_delivered).end_object();
  body += '}';
}

Task<Answer<>> list_destinations(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  std::string body;
  text::JsonWriter json(body);
  json.begin_object().key("destinations").begin_array();
  for (const Destination* destination : (*alerts)->destinations())
    append_destination(json.next(), **alerts, *destination);
  json.end_array().end_object();
  body += '\n';
  co_return co_await send_json(exchange, std::move(body));
}

Answer<std::string> destination_json(const Alerts& alerts, alert::DestinationId id) {
  const Destination* destination = alerts.destination(id);
  if (!destination) return refuse(404, "there is no destination " + std::to_string(id));
  std::string body;
  append_destination(body, alerts, *destination);
  body += '\n';
  return body;
}

Task<Answer<>> create_destination(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  auto id = co_await (*alerts)->create_destination(exchange.request.body);
  if (!id) co_return refuse(std::move(id.error()));
  auto body = destination_json(**alerts, *id);
  if (!body) co_return forward(body);
  co_return co_await send_made(exchange, std::move(*body));
}

Task<Answer<>> show_destination(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  auto id = number_in(exchange);
  if (!id) co_return forward(id);
  auto body = destination_json(**alerts, *id);
  if (!body) co_return forward(body);
  co_return co_await send_json(exchange, std::move(*body));
}

Task<Answer<>> replace_destination(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  auto id = number_in(exchange);
  if (!id) co_return forward(id);
  auto done = co_await (*alerts)->replace_destination(*id, exchange.request.body);
  if (!done) co_return refuse(std::move(done.error()));
  co_return co_await show_destination(services, exchange);
}

Task<Answer<>> patch_destination(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  auto id = number_in(exchange);
  if (!id) co_return forward(id);
  auto done = co_await (*alerts)->patch_destination(*id, exchange.request.body);
  if (!done) co_return refuse(std::move(done.error()));
  co_return co_await show_destination(services, exchange);
}

Task<Answer<>> remove_destination(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  auto id = number_in(exchange);
  if (!id) co_return forward(id);
  auto done = co_await (*alerts)->remove_destination(*id);
  if (!done) co_return refuse(std::move(done.error()));
  co_return co_await send_nothing(exchange);
}

Task<Answer<>> send_tests(Alerts& alerts, Exchange& exchange, Destination destination) {
  const auto attempts = co_await alerts.test(std::move(destination));
  std::string body;
  text::JsonWriter json(body);
  json.begin_object().key("attempts").begin_array();
  for (const auto& [type, attempt] : attempts) {
    json.begin_object().member("type", type).member("outcome", name_of(attempt.outcome));
    json.member("status", attempt.status).member_or_null("error", attempt.error);
    constexpr double million = 1e6;
    json.member_or_null("answer", attempt.answer)
        .member("took_ms", static_cast<double>(attempt.took.count()) / million);
    json.end_object();
  }
  json.end_array().end_object();
  body += '\n';
  co_return co_await send_json(exchange, std::move(body));
}

Task<Answer<>> test_stored(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  auto id = number_in(exchange);
  if (!id) co_return forward(id);
  const Destination* destination = (*alerts)->destination(*id);
  if (!destination) co_return refuse(404, "there is no destination " + std::to_string(*id));
  co_return co_await send_tests(**alerts, exchange, *destination);
}

Task<Answer<>> test_given(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  auto stored = number_of(exchange, "stored");
  if (!stored) co_return forward(stored);
  auto destination = (*alerts)->read_destination(exchange.request.body, stored->value_or(0));
  if (!destination) co_return refuse(std::move(destination.error()));
  co_return co_await send_tests(**alerts, exchange, std::move(*destination));
}

Task<Answer<>> list_types(Services&, Exchange& exchange) {
  std::string body;
  text::JsonWriter json(body);
  json.begin_object().key("types").begin_array();
  for (const alert::Service& service : alert::services()) {
    json.begin_object().member("type", service.type).member("title", service.title);
    json.member("reference", service.reference).member("takes_headers", service.takes_headers);
    json.key("fields").begin_array();
    for (const alert::Field& field : fields_of(service)) {
      json.begin_object().member("key", field.key).member("kind", name_of(field.kind));
      json.member("required", field.required).member("secret", field.secret).member("standard", field.standard);
      json.member("range", field.range).member("help", field.help).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().end_object();
  body += '\n';
  co_return co_await send_json(exchange, std::move(body));
}

}  // namespace

std::vector<Route> destination_routes(Services& services) {
  const auto with = [&services](auto handler) {
    return [&services, handler](Exchange& exchange) { return handler(services, exchange); };
  };
  return {{"GET", "/api/v1/destinations", {}, with(list_destinations)},
          {"POST", "/api/v1/destinations", {}, with(create_destination)},
          {"POST", "/api/v1/destinations/test", {"stored"}, with(test_given)},
          {"GET", "/api/v1/destinations/{id}", {}, with(show_destination)},
          {"PUT", "/api/v1/destinations/{id}", {}, with(replace_destination)},
          {"PATCH", "/api/v1/destinations/{id}", {}, with(patch_destination)},
          {"DELETE", "/api/v1/destinations/{id}", {}, with(remove_destination)},
          {"POST", "/api/v1/destinations/{id}/test", {}, with(test_stored)},
          {"GET", "/api/v1/destination-types", {}, with(list_types)}};
}

}  // namespace taffrail::api
