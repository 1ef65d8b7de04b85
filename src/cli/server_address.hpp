#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/endpoint.hpp"

namespace taffrail::cli {

/// Where a server is reached.
struct ServerAddress {
  net::Endpoint endpoint;
  std::string base_path = {};  ///< empty, or "/" and segments
};

/// Reads `http://HOST:PORT/BASE`, `https://HOST:PORT/BASE` or `unix:PATH`. Errors: invalid_argument.
[[nodiscard]] Result<ServerAddress> parse_server_url(std::string_view url);

}  // namespace taffrail::cli
