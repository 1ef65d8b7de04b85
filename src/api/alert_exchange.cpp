#include "api/alert_exchange.hpp"

#include <charconv>
#include <utility>

#include "base/time_format.hpp"

namespace taffrail::api {
namespace {

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Answer<alert::Alerts*> alerts_of(Services& services) {
  if (!services.alerts) return refuse(503, "this server has no alerts: it was started without a data directory");
  return services.alerts;
}

Answer<std::int64_t> number_in(const Exchange& exchange) {
  const auto value = number(exchange.captures.front());
  if (!value) return refuse(404, "'" + exchange.captures.front() + "' is no id: ids are whole numbers");
  return *value;
}

Answer<std::optional<std::int64_t>> number_of(const Exchange& exchange, std::string_view name) {
  const auto text = exchange.target.parameter(name);
  if (!text) return std::optional<std::int64_t>();
  const auto value = number(*text);
  if (!value || *value < 0) return refuse(400, std::string(name) + ": '" + std::string(*text) + "' is no whole number");
  return value;
}

Answer<std::int64_t> limit_of(const Exchange& exchange) {
  constexpr std::int64_t standard = 100;
  constexpr std::int64_t most = 1000;
  auto limit = number_of(exchange, "limit");
  if (!limit) return forward(limit);
  if (*limit && (**limit < 1 || **limit > most)) return refuse(400, "limit: from 1 to 1000 can be asked for");
  return limit->value_or(standard);
}

Answer<std::optional<Time>> time_in(const Services& services, const Exchange& exchange, std::string_view name) {
  const auto text = exchange.target.parameter(name);
  if (!text) return std::optional<Time>();
  auto time = parse_time_parameter(*text, services.pipeline.clock().now());
  if (!time) return refuse(400, std::string(name) + ": " + time.error().detail);
  return std::optional(*time);
}

// There are no accounts.
std::string author_of(const Exchange&) { return ""; }

Task<Answer<>> send_made(Exchange& exchange, std::string body) {
  net::Headers headers = security_headers();
  headers.add("Content-Type", "application/json");
  headers.add("Cache-Control", "no-store");
  auto sent = co_await exchange.writer.send(201, headers, body);
  if (!sent) co_return refuse(std::move(sent.error()));
  co_return Answer<>();
}

}  // namespace taffrail::api
