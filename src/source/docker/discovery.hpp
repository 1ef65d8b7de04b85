#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "net/endpoint.hpp"

namespace taffrail::docker {

/// An engine to connect to.
struct EngineAddress {
  std::string name;  ///< for people; empty: what the engine calls itself
  net::Endpoint endpoint;
  std::string certificates;  ///< folder with ca.pem, cert.pem, key.pem; empty: none was said
  friend bool operator==(const EngineAddress&, const EngineAddress&) = default;
};

/// Reads a value of `--docker`: `URL` or `NAME=URL`. Errors: invalid_argument that shows the form.
[[nodiscard]] Result<EngineAddress> parse_engine_address(std::string_view text);

/// What discovery looks at.
struct Surroundings {
  /// The value of an environment variable; nothing when it is not set.
  std::function<std::optional<std::string>(const char*)> variable;
  /// Whether somebody listens on the unix socket at this path, or this process may not ask: that is for its owner to
  /// hear. A socket file that an ended engine left behind is not served.
  std::function<bool(const std::string&)> is_served;
  /// This process's own.
  [[nodiscard]] static Surroundings of_process();
};

/// The engines of this host, as the docker client finds them: DOCKER_HOST alone when it is set (with DOCKER_TLS_VERIFY
/// and DOCKER_CERT_PATH), else Docker's socket, else those of Podman that there are (of this user and of the system).
/// Empty when there is none, and for a DOCKER_HOST on this machine that nobody serves. Errors: invalid_argument for a
/// DOCKER_HOST that cannot be understood.
[[nodiscard]] Result<std::vector<EngineAddress>> discover_engines(const Surroundings& surroundings);

}  // namespace taffrail::docker
