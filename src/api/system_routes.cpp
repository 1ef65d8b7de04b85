#include "api/system_routes.hpp"

#include <prometheus/text_serializer.h>
#include <string>
#include <utility>

#include "api/embedded_assets.hpp"
#include "api/live_limits.hpp"
#include "base/time_format.hpp"
#include "model/json.hpp"
#include "pipeline/log_read.hpp"
#include "text/json_string.hpp"

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
  const auto put = [](std::string& out, std::string_view key, std::string_view value) {
    out += R"(,")";
    out += key;
    out += R"(":)";
    text::append_json_string(out, value);
  };
  std::string body = R"({"name":"taffrail")";
  put(body, "version", services.options.version);
  put(body, "started", to_rfc3339(services.started));
  put(body, "server_time", to_rfc3339(services.pipeline.clock().now()));
  body += R"(,"notice":)";
  if (services.options.notice.empty())
    body += "null";
  else
    text::append_json_string(body, services.options.notice);
  body += R"(,"features":["logs","stats","live"],"limits":{"log_containers":)" +
          std::to_string(LogRead::max_containers) + R"(,"tail":)" + std::to_string(LogRead::max_tail) +
          R"(,"live_subscriptions":)" + std::to_string(max_subscriptions) + R"(,"live_message_bytes":)" +
          std::to_string(max_message_bytes) + R"(,"stats_samples":)" + std::to_string(Sampler::ring_size) +
          R"(},"hosts":[)";
  for (const auto& [id, host] : services.registry().hosts()) {
    if (body.back() != '[') body += ',';
    append_json(body, host);
  }
  body += "]}\n";
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
