#include "net/endpoint.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>
#include <sys/un.h>

#include "base/task.hpp"

namespace taffrail::net {

namespace {

std::unexpected<Error> bad(std::string_view text, std::string_view why) {
  return fail(ErrorCode::invalid_argument, "'" + std::string(text) + "' " + std::string(why));
}

Result<Endpoint> unix_endpoint(std::string_view text, std::string_view path) {
  if (path.empty()) return bad(text, "names no socket path");
  if (path.find('\0') != std::string_view::npos) return bad(text, "holds a NUL byte");
  // The kernel's limit, with the terminating NUL.
  if (path.size() >= sizeof(sockaddr_un::sun_path)) return bad(text, "is longer than the 107 bytes of a socket path");
  return UnixEndpoint{std::string(path)};
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
  });
}

std::string host_and_port(const TcpEndpoint& tcp) {
  const bool v6 = tcp.host.find(':') != std::string::npos;
  return (v6 ? "[" + tcp.host + "]" : tcp.host) + ":" + std::to_string(tcp.port);
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  if (text.starts_with("unix://")) {
    const std::string_view path = text.substr(7);
    if (!path.starts_with('/')) return bad(text, "needs an absolute path, as in unix:///var/run/docker.sock");
    return unix_endpoint(text, path);
  }
  const auto url = boost::urls::parse_uri(boost::core::string_view(text.data(), text.size()));
  if (!url) return bad(text, "is no endpoint such as unix:///PATH, tcp://HOST:PORT or tcp+tls://HOST:PORT");
  TcpEndpoint tcp;
  if (url->scheme() == "tcp+tls") {
    tcp.tls = true;
  } else if (url->scheme() != "tcp") {
    return bad(text, "has a scheme other than unix, tcp and tcp+tls");
  }
  if (url->has_userinfo() || url->has_query() || url->has_fragment() ||
      (!url->encoded_path().empty() && url->encoded_path() != "/"))
    return bad(text, "has more than a host and a port");
  switch (url->host_type()) {
    case boost::urls::host_type::none:
    case boost::urls::host_type::ipvfuture: return bad(text, "names no host");
    case boost::urls::host_type::ipv4:
    case boost::urls::host_type::ipv6: {
      tcp.host = std::string(url->host_address());
      // Canonical, so that two spellings of an address are the same endpoint.
      boost::system::error_code error;
      const auto address = asio::ip::make_address(tcp.host, error);
      if (error) return bad(text, "holds no valid address");
      tcp.host = address.to_string();
      break;
    }
    case boost::urls::host_type::name: {
      const auto name = url->encoded_host();
      if (!is_host_name(std::string_view(name.data(), name.size()))) return bad(text, "holds no valid host name");
      tcp.host.assign(name.data(), name.size());
      break;
    }
  }
  if (!url->has_port() || url->port().empty()) {
    tcp.port = tcp.tls ? 2376 : 2375;
  } else {
    tcp.port = url->port_number();
    if (tcp.port == 0) return bad(text, "has a port outside 1 to 65535");
  }
  return tcp;
}

Result<Endpoint> parse_listen_address(std::string_view text) {
  if (text.starts_with("unix:")) {
    std::string_view path = text.substr(5);
    if (path.starts_with("//")) path.remove_prefix(2);  // unix:///run/x.sock means the same
    return unix_endpoint(text, path);
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad(text, "has no port: ADDR:PORT, [V6]:PORT or unix:PATH");
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  TcpEndpoint tcp;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), tcp.port);
  if (error != std::errc() || end != port.data() + port.size()) return bad(text, "has a port outside 0 to 65535");
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty()) {
    tcp.host = "::";
  } else if (host == "localhost") {
    tcp.host = "127.0.0.1";
  } else {
    boost::system::error_code no_address;
    const auto address = asio::ip::make_address(std::string(host), no_address);
    if (no_address || address.is_v6() != bracketed)
      return bad(text, "does not begin with an IPv4 address or an IPv6 address in brackets");
    tcp.host = address.to_string();
  }
  return tcp;
}

std::string to_string(const Endpoint& endpoint) {
  if (const auto* tcp = std::get_if<TcpEndpoint>(&endpoint))
    return (tcp->tls ? "tcp+tls://" : "tcp://") + host_and_port(*tcp);
  return "unix://" + std::get<UnixEndpoint>(endpoint).path;
}

std::string host_header(const Endpoint& endpoint) {
  if (const auto* tcp = std::get_if<TcpEndpoint>(&endpoint)) return host_and_port(*tcp);
  return "localhost";
}

}  // namespace taffrail::net
