#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"

namespace taffrail::net {

/// A unix socket in the file system.
struct UnixEndpoint {
  std::string path;
  friend bool operator==(const UnixEndpoint&, const UnixEndpoint&) = default;
};

/// A TCP peer: `host` is a name or an address without brackets.
struct TcpEndpoint {
  std::string host;
  std::uint16_t port = 0;
  bool tls = false;
  friend bool operator==(const TcpEndpoint&, const TcpEndpoint&) = default;
};

using Endpoint = std::variant<UnixEndpoint, TcpEndpoint>;

/// Reads where to connect: `unix://PATH` (an absolute path), `tcp://HOST:PORT`, `tcp+tls://HOST:PORT`, with an IPv6
/// address in brackets. A missing port is the engine's: 2375, with TLS 2376. A path, query, fragment or user is
/// refused (a lone trailing `/` is taken, as the docker client takes it). Errors: invalid_argument.
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text);

/// Reads where to listen: `ADDR:PORT` with an IPv4 address, `[V6]:PORT`, `:PORT` (every IPv4 and IPv6 address),
/// `localhost:PORT` (127.0.0.1), `unix:PATH`. Port 0 takes a free one. Errors: invalid_argument.
/// @return for TCP the address in `host`, with `tls` false
[[nodiscard]] Result<Endpoint> parse_listen_address(std::string_view text);

/// The text that `parse_endpoint` reads back.
[[nodiscard]] std::string to_string(const Endpoint& endpoint);

/// What a Host header says for this endpoint: "localhost" for a unix socket, else "host:port" as in a URL.
[[nodiscard]] std::string host_header(const Endpoint& endpoint);

}  // namespace taffrail::net
