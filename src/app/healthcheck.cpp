#include "app/healthcheck.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>

#include "app/configured_server.hpp"
#include "base/timeout.hpp"
#include "cli/api_client.hpp"

namespace taffrail {
namespace {

constexpr std::chrono::seconds limit{5};

Task<Result<>> ask(cli::ServerAddress address) {
  cli::ApiClient client(co_await asio::this_coro::executor, std::move(address), {});
  auto answer = co_await with_timeout(limit, "healthcheck", client.get("/readyz", {}));
  if (!answer) co_return fail(answer.error().code, "not ready: " + answer.error().detail);
  co_return Result<>();
}

}  // namespace

int healthcheck(const HealthcheckCommand& command) {
  auto address = server_to_ask(command.url, command.flags, command.config_file);
  Result<> healthy;
  if (!address) healthy = forward(address);
  if (healthy) {
    asio::io_context context(1);
    asio::co_spawn(context, ask(std::move(*address)), [&healthy](const std::exception_ptr& failure, Result<> answer) {
      healthy = failure ? Result<>(fail(ErrorCode::internal, "healthcheck: it broke off")) : std::move(answer);
    });
    context.run();
  }
  if (healthy) return 0;
  std::fprintf(stderr, "%s\n", healthy.error().detail.c_str());
  return 1;
}

}  // namespace taffrail
