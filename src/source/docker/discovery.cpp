#include "source/docker/discovery.hpp"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <future>
#include <memory>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <variant>

namespace taffrail::docker {
namespace {

/// Asks by connecting.
bool answers(const std::string& path) {
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

/// A path on a mount that hangs holds whoever asks, for as long as it hangs: a thread then, that is left to it.
constexpr std::chrono::seconds probe_limit{2};

bool answers_in_time(const std::string& path) {
  auto answer = std::make_shared<std::promise<bool>>();
  std::future<bool> answered = answer->get_future();
  std::thread([answer, path] { answer->set_value(answers(path)); }).detach();
  return answered.wait_for(probe_limit) == std::future_status::ready && answered.get();
}

}  // namespace

Result<EngineAddress> parse_engine_address(std::string_view text) {
  EngineAddress address;
  std::string_view url = text;
  // A name has no ':', so the '=' of a URL's own is not taken for the one behind a name.
  if (const std::size_t equals = text.find_first_of("=:"); equals != std::string_view::npos && text[equals] == '=') {
    address.name = text.substr(0, equals);
    url = text.substr(equals + 1);
    if (address.name.empty())
      return fail(ErrorCode::invalid_argument,
                  "'" + std::string(text) + "' has no name before the '='; write NAME=URL");
  }
  auto endpoint = net::parse_endpoint(url);
  if (!endpoint) return forward(endpoint);
  address.endpoint = std::move(*endpoint);
  return address;
}

Surroundings Surroundings::of_process() {
  return {[](const char* name) -> std::optional<std::string> {
            const char* value = std::getenv(name);
            return value ? std::optional<std::string>(value) : std::nullopt;
          },
          answers_in_time};
}

Result<std::vector<EngineAddress>> discover_engines(const Surroundings& surroundings) {
  const auto variable = [&](const char* name) { return surroundings.variable(name).value_or(""); };
  std::vector<EngineAddress> found;
  if (const std::string host = variable("DOCKER_HOST"); !host.empty()) {
    auto endpoint = net::parse_endpoint(host);
    if (!endpoint) return fail(ErrorCode::invalid_argument, "DOCKER_HOST: " + endpoint.error().detail);
    EngineAddress address{"", std::move(*endpoint), ""};
    const auto* local = std::get_if<net::UnixEndpoint>(&address.endpoint);
    if (local && !surroundings.is_served(local->path)) return found;
    if (auto* tcp = std::get_if<net::TcpEndpoint>(&address.endpoint); tcp && !variable("DOCKER_TLS_VERIFY").empty()) {
      // The docker client writes tcp:// for TLS too.
      tcp->tls = true;
      const std::string home = variable("HOME");
      address.certificates = variable("DOCKER_CERT_PATH");
      if (address.certificates.empty() && !home.empty()) address.certificates = home + "/.docker";
    }
    found.push_back(std::move(address));
    return found;
  }
  const auto look_at = [&](const std::string& path) {
    if (surroundings.is_served(path)) found.push_back({"", net::UnixEndpoint{path}, ""});
  };
  look_at("/var/run/docker.sock");
  if (!found.empty()) return found;
  if (const std::string runtime = variable("XDG_RUNTIME_DIR"); !runtime.empty()) {
    look_at(runtime + "/docker.sock");  // rootless Docker
    look_at(runtime + "/podman/podman.sock");
  }
  look_at("/run/podman/podman.sock");
  return found;
}

}  // namespace taffrail::docker
