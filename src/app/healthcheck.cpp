#include "app/healthcheck.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <variant>

#include "app/serve.hpp"
#include "base/timeout.hpp"
#include "net/http_client.hpp"

namespace taffrail {
namespace {

constexpr std::chrono::seconds limit{5};
constexpr std::size_t max_answer = 64UZ * 1024;

struct Target {
  net::Endpoint endpoint;
  std::string base_path;
};

/// `http://HOST:PORT/BASE` or `unix:PATH`
Result<Target> parse_url(std::string_view url) {
  if (url.starts_with("unix:")) {
    auto endpoint = net::parse_listen_address(url);
    if (!endpoint) return forward(endpoint);
    return Target{.endpoint = std::move(*endpoint), .base_path = {}};
  }
  constexpr std::string_view scheme = "http://";
  if (!url.starts_with(scheme))
    return fail(ErrorCode::invalid_argument, "'" + std::string(url) + "' is neither http://HOST:PORT nor unix:PATH");
  url.remove_prefix(scheme.size());
  const std::size_t slash = std::min(url.find('/'), url.size());
  std::string host(url.substr(0, slash));
  if (const std::size_t colon = host.rfind(':'); colon == std::string::npos || host.ends_with(']')) host += ":80";
  auto endpoint = net::parse_endpoint("tcp://" + host);
  if (!endpoint) return forward(endpoint);
  std::string base_path(url.substr(slash));
  while (base_path.ends_with('/')) base_path.pop_back();
  return Target{.endpoint = std::move(*endpoint), .base_path = std::move(base_path)};
}

/// Where the configured server is reached from this machine: an address that stands for all is asked at loopback.
Target configured_target(const Config& config) {
  Target target{.endpoint = config.listen, .base_path = config.base_path};
  if (auto* tcp = std::get_if<net::TcpEndpoint>(&target.endpoint)) {
    if (tcp->host.empty() || tcp->host == "0.0.0.0") tcp->host = "127.0.0.1";
    if (tcp->host == "::") tcp->host = "::1";
  }
  return target;
}

Result<Target> target_of(const HealthcheckCommand& command) {
  if (!command.url.empty()) return parse_url(command.url);
  auto config = read_config(command.flags, command.config_file);
  if (!config) return forward(config);
  return configured_target(*config);
}

Task<Result<>> ask(Target target) {
  net::HttpClient client(co_await asio::this_coro::executor, target.endpoint, nullptr);
  net::ClientRequest request;
  request.target = target.base_path + "/readyz";
  auto answer = co_await with_timeout(limit, "healthcheck", client.request(std::move(request), max_answer));
  if (!answer) co_return forward(answer);
  if (answer->status != 200)
    co_return fail(ErrorCode::unavailable, "not ready: " + std::to_string(answer->status) + " " + answer->body);
  co_return Result<>();
}

}  // namespace

int healthcheck(const HealthcheckCommand& command) {
  auto target = target_of(command);
  Result<> healthy;
  if (!target) healthy = forward(target);
  if (healthy) {
    asio::io_context context(1);
    asio::co_spawn(context, ask(std::move(*target)), [&healthy](const std::exception_ptr& failure, Result<> answer) {
      healthy = failure ? Result<>(fail(ErrorCode::internal, "healthcheck: it broke off")) : std::move(answer);
    });
    context.run();
  }
  if (healthy) return 0;
  std::fprintf(stderr, "%s\n", healthy.error().detail.c_str());
  return 1;
}

}  // namespace taffrail
