#include "app/serve.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <spdlog/spdlog.h>
#include <string>
#include <sys/resource.h>
#include <sys/time.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

#include "app/data_directory.hpp"
#include "app/heap.hpp"
#include "app/log.hpp"
#include "app/program_pages.hpp"
#include "app/reload.hpp"
#include "app/server.hpp"
#include "app/sources.hpp"
#include "app/version.hpp"
#include "base/timeout.hpp"

namespace taffrail {
namespace {

/// A stop takes no longer than this, whatever hangs; the promise is 5 s.
constexpr itimerval stop_limit{.it_interval = {}, .it_value = {.tv_sec = 4, .tv_usec = 500'000}};

std::optional<std::string> variable(const char* name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here changes the environment
  const char* value = std::getenv(name);
  return value ? std::optional<std::string>(value) : std::nullopt;
}

std::vector<std::string> environment() {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry; ++entry) entries.emplace_back(*entry);
  return entries;
}

/// Heavy work comes in bursts and competes with the containers that are watched: few threads are enough.
std::size_t worker_threads() { return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 4); }

/// Takes all the descriptors that the system allows. The customary soft limit of 1024 is there for programs that use
/// select(); a server with a few hundred logs and viewers open needs more.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
    spdlog::warn("the limit of open files stays as it is: {}", std::generic_category().message(errno));
}

/// Reads the configuration anew and applies of it what can change while the server runs; the rest is named, so that
/// nobody waits for it.
/// @param running what counts now; takes on what was applied
Task<> reload(const ServeCommand& command, Config& running, Server& server) {
  auto wanted = read_config(command.flags, command.config_file);
  if (!wanted) {
    spdlog::error("reload: {}; everything stays as it was", wanted.error().detail);
    co_return;
  }
  const ConfigChanges changes = compare(running, *wanted);
  log::configure(wanted->log_level, wanted->log_format);
  co_await server.reconfigure(*wanted);
  for (const std::string& option : changes.live) {
    running.given.erase(option);
    if (const auto at = wanted->given.find(option); at != wanted->given.end()) running.given.insert(*at);
  }
  const std::string message = "reload: " + describe(changes);
  if (changes.restart.empty())
    spdlog::info("{}", message);
  else
    spdlog::warn("{}", message);
}

/// Hears signals until one asks to stop.
Task<> wait_for_stop(const ServeCommand& command, Config config, Server& server) {
  asio::signal_set signals(co_await asio::this_coro::executor, SIGTERM, SIGINT, SIGHUP);
  while (true) {
    const int signal = co_await signals.async_wait(asio::use_awaitable);
    if (signal != SIGHUP) {
      spdlog::info("stopping ({})", signal == SIGTERM ? "SIGTERM" : "SIGINT");
      co_return;
    }
    co_await reload(command, config, server);
  }
}

/// What the stop waits for.
std::atomic<const char*> stopping_part = "a task";

/// Async-signal-safe: it runs because something else does not.
extern "C" void give_up(int) {
  bool written = true;
  for (const std::string_view text : {"taffrail: ", stopping_part.load(), " did not stop in time; leaving\n"})
    written = write(STDERR_FILENO, text.data(), text.size()) >= 0 && written;
  _exit(written ? 1 : 3);
}

Task<> run(const ServeCommand& command, const Config& config, Server& server, WorkerPool& workers,
           const TaskGroup::Report& report) {
  TaskGroup tasks(co_await asio::this_coro::executor, report);
  tasks.spawn("memory trimmer", trim_heap(workers));
  tasks.spawn("program pages", keep_program_pages_few());
  server.start();
  std::printf("listening on %s\n", server.url().c_str());
  std::fflush(stdout);
  co_await wait_for_stop(command, config, server);
  std::signal(SIGALRM, give_up);
  setitimer(ITIMER_REAL, &stop_limit, nullptr);
  tasks.cancel();
  co_await tasks.join();
  co_await server.stop([](const char* part) { stopping_part = part; });
}

int run_server(const ServeCommand& command, const Config& config, const DataDirectory&) {
  const TaskGroup::Report report = [](std::string_view what) { spdlog::error("{}", what); };
  asio::io_context context(1);
  WorkerPool workers(worker_threads());
  const SystemClock clock;
  auto sources = make_sources(config, docker::Surroundings::of_process(), context.get_executor(), workers, clock);
  if (!sources) {
    spdlog::error("{}", sources.error().detail);
    return 1;
  }
  if (!sources->notice.empty()) spdlog::warn("{}", sources->notice);
  auto server = Server::make(config, std::move(*sources), context.get_executor(), workers, clock, report,
                             variable(std::string(alert::SecretBox::variable_name).c_str()));
  if (!server) {
    spdlog::error("{}", server.error().detail);
    return 1;
  }
  int status = 0;
  asio::co_spawn(context, run(command, config, **server, workers, report),
                 [&status](const std::exception_ptr& failure) {
                   if (!failure) return;
                   status = 1;
                   try {
                     std::rethrow_exception(failure);
                   } catch (const std::exception& error) {
                     spdlog::error("server: {}", error.what());
                   }
                 });
  context.run();
  return status;
}

}  // namespace

Result<Config> read_config(const std::vector<Setting>& flags, const std::filesystem::path& config_file) {
  auto from_environment = settings_of_environment(environment());
  if (!from_environment) return forward(from_environment);
  std::filesystem::path file = config_file;
  if (file.empty()) file = variable("TAFFRAIL_CONFIG").value_or("");
  std::vector<Setting> from_file;
  if (!file.empty()) {
    auto read = settings_of_file(file);
    if (!read) return forward(read);
    from_file = std::move(*read);
  }
  return make_config({flags, *from_environment, from_file});
}

std::filesystem::path data_directory(const Config& config) {
  return config.data.empty() ? default_data_directory(variable, geteuid() == 0) : config.data;
}

int serve(const ServeCommand& command) {
  // A write to a client that left is an error value, not a signal.
  std::signal(SIGPIPE, SIG_IGN);
  log::configure(LogLevel::info, LogFormat::text);
  auto config = read_config(command.flags, command.config_file);
  if (!config) {
    spdlog::error("{}", config.error().detail);
    return 2;
  }
  log::configure(config->log_level, config->log_format);
  config->data = data_directory(*config);
  auto data = DataDirectory::open(config->data);
  if (!data) {
    spdlog::error("{}", data.error().detail);
    return 1;
  }
  raise_descriptor_limit();
  spdlog::info("taffrail {}, data in {}", version, data->path().string());
  return run_server(command, *config, *data);
}

}  // namespace taffrail
