#include "api/system_routes.hpp"

#include <prometheus/text_serializer.h>
#include <string>
#include <utility>

#include "api/embedded_assets.hpp"
#include "api/live_limits.hpp"
#include "model/json.hpp"
#include "pipeline/log_read.hpp"
#include "text/json_writer.hpp"

namespace taffrail::api {
namespace {

constexpr std::string_view plain_text = "text/plain; charset=utf-8";

Task<Answer<>> healthz(Services&, Exchange& exchange) { co_return co_await send_text(exchange, plain_text, "ok\n"); }

Task<Answer<>> readyz(Services& services, Exchange& exchange) {
  if (services.pipeline.ready()) co_return co_await send_text(exchange, plain_text, "ready\n");
  std::string missing;
  for (const auto& [id, host] : services.registry().hosts())
    if (host.state == HostState::connecting)
      missing += (missing.empty() ? "" : ", ") + host.kind + " '" + host.name + "'";
  if (missing.empty()) missing = "a source that has not named its host yet";
  co_return refuse(503, "these have not listed their containers yet: " + missing);
}

Task<Answer<>> metrics(Services& services, Exchange& exchange) {
  std::vector<prometheus::MetricFamily> families = services.prometheus.Collect();
  for (const auto& more : services.collectables)
    for (prometheus::MetricFamily& family : more->Collect()) families.push_back(std::move(family));
  const std::string body = prometheus::TextSerializer().Serialize(families);
  co_return co_await send_text(exchange, "text/plain; version=0.0.4; charset=utf-8", body);
}

Task<Answer<>> info(Services& services, Exchange& exchange) {
  std::string body;
  text::JsonWriter json(body);
  json.begin_object().member("name", "taffrail").member("version", services.options.version);
  json.member("started", services.started).member("server_time", services.pipeline.clock().now());
  json.member_or_null("notice", services.options.notice);
  json.key("features").begin_array().value("logs").value("stats").value("live").end_array();
  json.key("limits").begin_object().member("log_containers", LogRead::max_containers);
  json.member("tail", LogRead::max_tail).member("live_subscriptions", max_subscriptions);
  json.member("live_followed", max_followed).member("live_message_bytes", max_message_bytes);
  json.member("stats_samples", Sampler::ring_size).end_object();
  json.key("hosts").begin_array();
  for (const auto& [id, host] : services.registry().hosts()) append_json(json.next(), host);
  json.end_array().end_object();
  body += '\n';
  co_return co_await send_json(exchange, std::move(body));
}

Task<Answer<>> openapi(Services&, Exchange& exchange) {
  co_return co_await send_text(exchange, "application/yaml; charset=utf-8", embedded_openapi());
}

}  // namespace

std::vector<Route> system_routes(Services& services) {
  const auto with = [&services](auto handler) {
    return [&services, handler](Exchange& exchange) { return handler(services, exchange); };
  };
  return {{"GET", "/healthz", {}, with(healthz)},
          {"GET", "/readyz", {}, with(readyz)},
          {"GET", "/metrics", {}, with(metrics)},
          {"GET", "/api/v1/info", {}, with(info)},
          {"GET", "/api/v1/openapi.yaml", {}, with(openapi)}};
}

}  // namespace taffrail::api
