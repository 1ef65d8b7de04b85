#include "cli/server_address.hpp"

#include <algorithm>
#include <utility>

namespace taffrail::cli {

Result<ServerAddress> parse_server_url(std::string_view url) {
  if (url.starts_with("unix:")) {
    auto endpoint = net::parse_listen_address(url);
    if (!endpoint) return forward(endpoint);
    return ServerAddress{.endpoint = std::move(*endpoint)};
  }
  constexpr std::string_view plain = "http://";
  constexpr std::string_view secure = "https://";
  const bool tls = url.starts_with(secure);
  if (!tls && !url.starts_with(plain))
    return fail(ErrorCode::invalid_argument,
                "'" + std::string(url) + "' is neither http://HOST:PORT, https://HOST:PORT nor unix:PATH");
  url.remove_prefix(tls ? secure.size() : plain.size());
  const std::size_t slash = std::min(url.find('/'), url.size());
  std::string host(url.substr(0, slash));
  if (const std::size_t colon = host.rfind(':'); colon == std::string::npos || host.ends_with(']'))
    host += tls ? ":443" : ":80";
  auto endpoint = net::parse_endpoint((tls ? "tcp+tls://" : "tcp://") + host);
  if (!endpoint) return forward(endpoint);
  std::string base_path(url.substr(slash));
  while (base_path.ends_with('/')) base_path.pop_back();
  return ServerAddress{.endpoint = std::move(*endpoint), .base_path = std::move(base_path)};
}

}  // namespace taffrail::cli
