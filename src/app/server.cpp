#include "app/server.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstdlib>
#include <optional>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <utility>
#include <variant>

#include "alert/destination/service_sender.hpp"
#include "app/alert_metrics.hpp"
#include "app/engine_metrics.hpp"
#include "app/history_metrics.hpp"
#include "app/owner_metrics.hpp"
#include "app/version.hpp"

namespace taffrail {
namespace {

Registry::Admission admission(const Config& config) {
  if (!config.containers) return {};
  return [filter = *config.containers](const Container& container, const Host* host) {
    return filter.matches(container, host);
  };
}

bool is_loopback(const net::Endpoint& listen) {
  const auto* tcp = std::get_if<net::TcpEndpoint>(&listen);
  boost::system::error_code failed;
  return tcp && boost::asio::ip::make_address(tcp->host, failed).is_loopback();
}

/// Under which names a request may ask for this server; nothing: under any.
///
/// A page anywhere on the web can have its own name resolve to 127.0.0.1 (DNS rebinding), and its visitor's browser
/// then takes this server for that page's own: nothing but the name in the request gives it away. So a server that only
/// its own machine reaches, where nobody needs another name for it, answers to the machine's names alone. One that
/// others reach has names that only its people know; it answers to all until it is told them.
std::optional<api::HostRule> host_rule(const Config& config) {
  const bool any = std::ranges::find(config.allowed_hosts, "*") != config.allowed_hosts.end();
  if (any || (config.allowed_hosts.empty() && !is_loopback(config.listen))) return std::nullopt;
  std::vector<std::string> names = config.allowed_hosts;
  for (const std::string& origin : config.allowed_origins) names.push_back(origin.substr(origin.find("://") + 3));
  std::array<char, 256> own{};  // HOST_NAME_MAX is 64
  if (gethostname(own.data(), own.size() - 1) == 0) names.emplace_back(own.data());
  return api::HostRule(names);
}

history::Retention retention(const Config& config) { return {config.retention, config.retention_age}; }

/// A variable of this process, for references in destinations.
std::optional<std::string> variable(const std::string& name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here changes the environment
  const char* value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::make(const Config& config, Sources sources, const Executor& executor,
                                             WorkerPool& workers, const Clock& clock, const TaskGroup::Report& report,
                                             const std::optional<std::string>& secret_key) {
  auto box = alert::SecretBox::open(config.data, secret_key);
  if (!box) return forward(box);
  auto alerts = alert::Alerts::open_store(executor, config.data);
  if (!alerts) return forward(alerts);
  std::unique_ptr<store::Store> history;
  std::unique_ptr<store::Store> metrics;
  if (config.history) {
    auto opened = history::History::open_store(executor, config.data);
    if (!opened) return forward(opened);
    history = std::move(*opened);
    auto beside = history::MetricHistory::open_store(executor, config.data);
    if (!beside) return forward(beside);
    metrics = std::move(*beside);
  }
  auto views = views::SavedViews::open_store(executor, config.data);
  if (!views) return forward(views);
  auto listener = net::Listener::bind(executor, config.listen);
  if (!listener) return fail(listener.error().code, "listen " + config.listen_text + ": " + listener.error().detail);
  return std::unique_ptr<Server>(new Server(
      config, std::move(sources),
      {std::move(*listener), std::move(*alerts), std::move(history), std::move(metrics), std::move(*views), *box},
      executor, workers, clock, report));
}

Server::Server(const Config& config, Sources sources, Opened opened, const Executor& executor, WorkerPool& workers,
               const Clock& clock, const TaskGroup::Report& report)
    : base_path_(config.base_path),
      metrics_(std::make_shared<prometheus::Registry>()),
      file_workers_(std::move(sources.file_workers)),
      descriptors_(std::move(sources.descriptors)),
      pipeline_(executor, workers, clock, std::move(sources.all), admission(config), *metrics_, report,
                PipelineOptions{.memory_bytes = config.memory}),
      owner_watch_(workers, [](std::string_view what) { spdlog::warn("{}", what); }),
      history_(opened.history
                   ? std::make_unique<history::History>(pipeline_, std::move(opened.history),
                                                        history::HistoryOptions{.retention = retention(config)}, report,
                                                        std::move(opened.metrics))
                   : nullptr),
      finder_(history_ ? std::make_unique<history::HistoryFinder>(*history_) : nullptr),
      alerts_(pipeline_,
              std::make_unique<alert::ServiceSender>(
                  alert::ServiceSender::Options{.allow_private = config.private_destinations,
                                                .allow_commands = config.commands,
                                                .user_agent = std::string("taffrail/") + version},
                  alert::SecretReader(opened.box, variable), clock),
              opened.box, std::move(opened.alerts),
              {.book = {.public_url = config.public_url},
               .watch = {.data = config.data.string()},
               .past = {.lines = finder_.get(), .others = history_ ? history_->metrics() : nullptr}},
              report),
      views_(std::move(opened.views), workers, clock),
      rule_folder_(config.rules, alerts_, executor),
      api_(pipeline_, &alerts_, history_.get(), *metrics_,
           {.version = version,
            .base_path = config.base_path,
            .access = {.origins = config.allowed_origins, .hosts = host_rule(config)},
            .notice = std::move(sources.notice)},
           report),
      http_(
          std::move(opened.listener),
          [this](const net::HttpRequest& request, net::ResponseWriter& writer) { return api_.handle(request, writer); },
          {}, clock, executor, report),
      tasks_(executor, report) {
  api_.add_views(views_);
  api_.add_metrics(std::make_shared<EngineMetrics>(std::move(sources.engines)));
  api_.add_metrics(std::make_shared<OwnerMetrics>(owner_watch_));
  api_.add_metrics(std::make_shared<AlertMetrics>(alerts_));
  if (history_) api_.add_metrics(std::make_shared<HistoryMetrics>(*history_));
}

Task<> Server::reconfigure(const Config& config) {
  rule_folder_.reload();
  if (history_) history_->set_retention(retention(config));
  co_await pipeline_.registry().admit(admission(config));
  api_.set_access({.origins = config.allowed_origins, .hosts = host_rule(config)});
}

void Server::start() {
  tasks_.spawn("owner watch", owner_watch_.run());
  pipeline_.start();
  if (history_) history_->start();
  alerts_.start();
  tasks_.spawn("rule folder", rule_folder_.run());
  http_.start();
}

Task<> Server::stop(void (*turns_to)(const char* part)) {
  api_.stop();
  turns_to("an answer to a client");
  co_await http_.stop();
  tasks_.cancel();
  turns_to("a task");
  co_await tasks_.join();
  turns_to("alerts");
  co_await alerts_.stop();
  turns_to("history");
  if (history_) co_await history_->stop();
  turns_to("the store of views");
  co_await views_.close();
  turns_to("a source");
  co_await pipeline_.stop();
}

std::string Server::url() const {
  std::string url = http_.listener().url();
  // A unix socket has no paths that a browser could open.
  return url.starts_with("unix:") ? url : url + base_path_ + "/";
}

}  // namespace taffrail
