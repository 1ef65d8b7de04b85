#include "cli/client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <utility>

#include "base/race.hpp"
#include "cli/api_client.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"

namespace taffrail::cli {
namespace {

Task<Result<ExitStatus>> run_command(const ClientCommand& command, ApiClient& client, Output& output) {
  switch (command.kind) {
    case ClientKind::search: return search(command, client, output);
    case ClientKind::logs: return logs(command, client, output);
    case ClientKind::query: return query(command, client, output);
    case ClientKind::top: return top(command, client, output);
  }
  return search(command, client, output);
}

Task<> until_signal(asio::signal_set& signals) { co_await signals.async_wait(asio::use_awaitable); }

Task<Result<ExitStatus>> run_until_signal(const ClientCommand& command, ServerAddress address, std::string token) {
  const Executor executor = co_await asio::this_coro::executor;
  asio::signal_set signals(executor, SIGINT, SIGTERM);
  ApiClient client(executor, std::move(address), std::move(token));
  Output output(command, command.kind != ClientKind::top && !command.follow);
  auto first = co_await first_of(run_command(command, client, output), until_signal(signals));
  if (first.index() == 1) co_return ExitStatus::interrupted;
  co_return std::move(std::get<0>(first));
}

}  // namespace

int run_client(const ClientCommand& command, ServerAddress address, std::string token) {
  // A reader that goes away is seen where it is written to.
  std::signal(SIGPIPE, SIG_IGN);
  asio::io_context context(1);
  Result<ExitStatus> ended = ExitStatus::failed;
  asio::co_spawn(context, run_until_signal(command, std::move(address), std::move(token)),
                 [&ended](const std::exception_ptr& failure, Result<ExitStatus> result) {
                   if (failure) std::rethrow_exception(failure);
                   ended = std::move(result);
                 });
  context.run();
  if (ended) return static_cast<int>(*ended);
  if (ended.error().code == ErrorCode::cancelled) return static_cast<int>(ExitStatus::interrupted);
  std::fprintf(stderr, "taffrail: %s\n", ended.error().detail.c_str());
  return static_cast<int>(ended.error().code == ErrorCode::invalid_argument ? ExitStatus::refused : ExitStatus::failed);
}

}  // namespace taffrail::cli
