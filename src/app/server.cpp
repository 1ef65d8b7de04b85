#include "app/server.hpp"

#include <utility>
#include <variant>

#include "app/engine_metrics.hpp"
#include "app/version.hpp"

namespace taffrail {
namespace {

Registry::Admission admission(const Config& config) {
  if (!config.containers) return {};
  return [filter = *config.containers](const Container& container, const Host* host) {
    return filter.matches(container, host);
  };
}

}  // namespace

Result<std::unique_ptr<Server>> Server::make(const Config& config, Sources sources, const Executor& executor,
                                             WorkerPool& workers, const Clock& clock, const TaskGroup::Report& report) {
  auto listener = net::Listener::bind(executor, config.listen);
  if (!listener) return fail(listener.error().code, "listen " + config.listen_text + ": " + listener.error().detail);
  return std::unique_ptr<Server>(
      new Server(config, std::move(sources), std::move(*listener), executor, workers, clock, report));
}

Server::Server(const Config& config, Sources sources, std::unique_ptr<net::Listener> listener, const Executor& executor,
               WorkerPool& workers, const Clock& clock, const TaskGroup::Report& report)
    : base_path_(config.base_path),
      metrics_(std::make_shared<prometheus::Registry>()),
      pipeline_(executor, workers, clock, std::move(sources.all), admission(config), *metrics_, report),
      api_(pipeline_, *metrics_,
           {.version = version,
            .base_path = config.base_path,
            .allowed_origins = config.allowed_origins,
            .notice = std::move(sources.notice)},
           report),
      http_(
          std::move(listener),
          [this](const net::HttpRequest& request, net::ResponseWriter& writer) { return api_.handle(request, writer); },
          {}, clock, executor, report) {
  api_.add_metrics(std::make_shared<EngineMetrics>(std::move(sources.engines)));
}

void Server::start() {
  pipeline_.start();
  http_.start();
}

Task<> Server::stop() {
  api_.stop();
  co_await http_.stop();
  co_await pipeline_.stop();
}

std::string Server::url() const {
  std::string url = http_.listener().url();
  // A unix socket has no paths that a browser could open.
  return url.starts_with("unix:") ? url : url + base_path_ + "/";
}

}  // namespace taffrail
