#include "app/configured_server.hpp"

#include <utility>
#include <variant>

#include "app/serve.hpp"

namespace taffrail {

Result<cli::ServerAddress> server_to_ask(const std::string& url, const std::vector<Setting>& flags,
                                         const std::filesystem::path& config_file) {
  if (!url.empty()) return cli::parse_server_url(url);
  auto config = read_config(flags, config_file);
  if (!config) return forward(config);
  cli::ServerAddress address{.endpoint = config->listen, .base_path = config->base_path};
  // An address that stands for all is asked at loopback.
  if (auto* tcp = std::get_if<net::TcpEndpoint>(&address.endpoint)) {
    if (tcp->host.empty() || tcp->host == "0.0.0.0") tcp->host = "127.0.0.1";
    if (tcp->host == "::") tcp->host = "::1";
  }
  return address;
}

}  // namespace taffrail
