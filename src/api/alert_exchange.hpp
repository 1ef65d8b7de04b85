#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alert/engine/alerts.hpp"
#include "api/exchange.hpp"
#include "api/router.hpp"
#include "api/services.hpp"

namespace taffrail::api {

/// The alerts of this server. Refusal 503 where it has none: it was not given a data directory.
[[nodiscard]] Answer<alert::Alerts*> alerts_of(Services& services);
/// The number that a `{id}` stands for. Refusal 404: nothing has another kind of id.
[[nodiscard]] Answer<std::int64_t> number_in(const Exchange& exchange);
/// A number in a query parameter; nothing where it is not given. Refusal 400.
[[nodiscard]] Answer<std::optional<std::int64_t>> number_of(const Exchange& exchange, std::string_view name);
/// How many are asked for: `limit`, from 1 to 1,000; 100 where it is not said.
[[nodiscard]] Answer<std::int64_t> limit_of(const Exchange& exchange);
/// A time in a query parameter.
[[nodiscard]] Answer<std::optional<Time>> time_in(const Services& services, const Exchange& exchange,
                                                  std::string_view name);
/// Who changes something, for the record.
[[nodiscard]] std::string author_of(const Exchange& exchange);

/// An answer with a status of its own.
[[nodiscard]] Task<Answer<>> send_made(Exchange& exchange, std::string body);

[[nodiscard]] std::vector<Route> rule_routes(Services& services);
[[nodiscard]] std::vector<Route> destination_routes(Services& services);
[[nodiscard]] std::vector<Route> alert_routes(Services& services);
[[nodiscard]] std::vector<Route> silence_link_routes(Services& services);

}  // namespace taffrail::api
