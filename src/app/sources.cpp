#include "app/sources.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>
#include <variant>

#include "net/tls.hpp"
#include "source/demo/demo_source.hpp"
#include "source/docker/docker_source.hpp"
#include "source/files/files_source.hpp"
#include "source/files/glob.hpp"
#include "source/files/stdin_source.hpp"

namespace taffrail {
namespace {

constexpr std::string_view files_prefix = "files:";
constexpr std::string_view demo_name = "demo";

/// Whether a connection to the socket is taken, or forbidden.
bool is_served(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return false;
  const bool taken = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int reason = taken ? 0 : errno;
  ::close(probe);
  // EAGAIN: it listens, and its queue is full.
  return taken || reason == EACCES || reason == EPERM || reason == EAGAIN;
}

Result<std::unique_ptr<docker::DockerSource>> make_docker(const Config& config, const EngineAddress& engine,
                                                          const Executor& executor, WorkerPool& workers,
                                                          const Clock& clock) {
  docker::DockerOptions options;
  options.endpoint = engine.endpoint;
  options.name = engine.name;
  options.log_files = config.log_files;
  options.cgroup = config.cgroup;
  options.host_root = config.host_root;
  if (const auto* tcp = std::get_if<net::TcpEndpoint>(&engine.endpoint);
      tcp && tcp->tls && !config.docker_cert.empty()) {
    auto tls = net::TlsContext::client_from_directory(config.docker_cert);
    if (!tls) return fail(tls.error().code, "docker-cert: " + tls.error().detail);
    options.tls = std::move(*tls);
  }
  return std::make_unique<docker::DockerSource>(executor, workers, clock, std::move(options));
}

/// A source of another kind than docker; the configuration has checked what it says.
Result<std::unique_ptr<Source>> make_other(const std::string& text, const Executor& executor, WorkerPool& workers,
                                           const Clock& clock) {
  if (text == "stdin") return std::make_unique<StdinSource>(executor, clock, STDIN_FILENO);
  if (text.starts_with(files_prefix)) {
    auto glob = files::Glob::parse(std::string_view(text).substr(files_prefix.size()));
    if (!glob) return forward(glob);
    return std::make_unique<FilesSource>(executor, workers, clock, std::move(*glob));
  }
  auto options = DemoOptions::parse(std::string_view(text).substr(demo_name.size()));
  if (!options) return forward(options);
  return std::make_unique<DemoSource>(clock, *options);
}

}  // namespace

Result<std::vector<net::Endpoint>> find_engines(const Variable& variable) {
  if (const auto host = variable("DOCKER_HOST"); host && !host->empty()) {
    auto endpoint = net::parse_endpoint(*host);
    if (!endpoint) return fail(ErrorCode::invalid_argument, "DOCKER_HOST: " + endpoint.error().detail);
    const auto* local = std::get_if<net::UnixEndpoint>(&*endpoint);
    if (local && !is_served(local->path)) return std::vector<net::Endpoint>();
    return std::vector{std::move(*endpoint)};
  }
  std::vector<std::string> paths{"/var/run/docker.sock"};
  if (const auto runtime = variable("XDG_RUNTIME_DIR"); runtime && !runtime->empty())
    paths.push_back(*runtime + "/podman/podman.sock");
  paths.emplace_back("/run/podman/podman.sock");
  for (const std::string& path : paths)
    if (is_served(path)) return std::vector<net::Endpoint>{net::UnixEndpoint{path}};
  return std::vector<net::Endpoint>();
}

Result<Sources> make_sources(const Config& config, const Variable& variable, const Executor& executor,
                             WorkerPool& workers, const Clock& clock) {
  Sources made;
  std::vector<EngineAddress> engines = config.engines;
  const bool asked = !config.sources.empty() || !engines.empty();
  const bool wants_docker = !asked || std::ranges::find(config.sources, "docker") != config.sources.end();
  if (wants_docker && engines.empty()) {
    auto found = find_engines(variable);
    if (!found) return forward(found);
    for (net::Endpoint& endpoint : *found) engines.push_back({.name = {}, .endpoint = std::move(endpoint)});
    if (engines.empty() && asked)
      return fail(ErrorCode::not_found, "no container engine was found here; say where one is with --docker URL");
  }
  for (const EngineAddress& engine : engines) {
    auto source = make_docker(config, engine, executor, workers, clock);
    if (!source) return forward(source);
    made.engines.push_back(source->get());
    made.all.push_back(std::move(*source));
  }
  for (const std::string& text : config.sources) {
    if (text == "docker") continue;
    auto source = make_other(text, executor, workers, clock);
    if (!source) return forward(source);
    made.all.push_back(std::move(*source));
  }
  if (made.all.empty()) {
    made.notice = "No container engine was found on this machine, so this is the demo: made-up services.";
    made.all.push_back(std::make_unique<DemoSource>(clock, DemoOptions{}));
  }
  return made;
}

}  // namespace taffrail
