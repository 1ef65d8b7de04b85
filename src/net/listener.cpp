#include "net/listener.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "net/socket_stream.hpp"

namespace taffrail::net {

namespace {

constexpr mode_t socket_mode = 0660;  // the owner and the group, as the engine's own socket has it

/// Makes way for a new socket at `path`: nothing there, or a socket that nobody answers on.
Result<> remove_stale(const Executor& executor, const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return std::unexpected(system_error("looking at " + path, errno));
  }
  if (!S_ISSOCK(status.st_mode)) return fail(ErrorCode::conflict, path + " exists and is no socket");
  asio::local::stream_protocol::socket probe(executor);
  boost::system::error_code error;
  probe.open(asio::local::stream_protocol(), error);
  if (!error) probe.non_blocking(true, error);  // a living server with a full backlog must not hold us up
  if (error) return std::unexpected(to_error(error, "opening a socket"));
  probe.connect(path, error);
  if (error != asio::error::connection_refused)
    return fail(ErrorCode::conflict, "another server listens on unix:" + path);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return std::unexpected(system_error("removing the stale socket " + path, errno));
  return {};
}

Error bind_error(const boost::system::error_code& error, const Endpoint& address) {
  const auto* tcp = std::get_if<TcpEndpoint>(&address);
  const std::string what = "listening on " + (tcp ? host_header(address) : std::get<UnixEndpoint>(address).path);
  if (error == asio::error::address_in_use) return Error{ErrorCode::conflict, what + ": the address is in use"};
  if (error.value() == EADDRNOTAVAIL)
    return Error{ErrorCode::invalid_argument, what + ": this host has no such address"};
  return to_error(error, what);
}

std::string describe(const asio::generic::stream_protocol::endpoint& remote) {
  const int family = remote.protocol().family();
  if (family != AF_INET && family != AF_INET6) return {};
  asio::ip::tcp::endpoint endpoint;
  std::memcpy(endpoint.data(), remote.data(), std::min(remote.size(), endpoint.capacity()));
  const auto address = endpoint.address();
  const bool mapped = address.is_v6() && address.to_v6().is_v4_mapped();
  const auto shown = mapped ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()) : address;
  return host_header(TcpEndpoint{shown.to_string(), endpoint.port()});
}

}  // namespace

Listener::Listener(Acceptor acceptor, Endpoint address, unsigned long long inode)
    : acceptor_(std::move(acceptor)), address_(std::move(address)), inode_(inode) {}

Listener::~Listener() { close(); }

Result<std::unique_ptr<Listener>> Listener::bind(const Executor& executor, const Endpoint& address) {
  Acceptor acceptor(executor);
  Endpoint bound = address;
  boost::system::error_code error;
  unsigned long long inode = 0;
  if (const auto* local = std::get_if<UnixEndpoint>(&address)) {
    if (auto free = remove_stale(executor, local->path); !free) return forward(free);
    acceptor.open(asio::local::stream_protocol(), error);
    // The mode before the bind is what the file is born with (less the umask): it is never open to more than these.
    if (!error && ::fchmod(acceptor.native_handle(), socket_mode) != 0)
      error.assign(errno, boost::system::system_category());
    if (!error) acceptor.bind(asio::local::stream_protocol::endpoint(local->path), error);
    if (error) return std::unexpected(bind_error(error, address));
    struct stat status{};
    if (::chmod(local->path.c_str(), socket_mode) != 0 || ::lstat(local->path.c_str(), &status) != 0)
      return std::unexpected(system_error("setting the mode of " + local->path, errno));
    inode = status.st_ino;
  } else {
    const TcpEndpoint& tcp = std::get<TcpEndpoint>(address);
    auto ip = asio::ip::make_address(tcp.host, error);
    if (error) return fail(ErrorCode::invalid_argument, "'" + tcp.host + "' is no address to listen on");
    acceptor.open(asio::ip::tcp::endpoint(ip, tcp.port).protocol(), error);
    if (error.value() == EAFNOSUPPORT && ip.is_v6() && ip.is_unspecified()) {
      ip = asio::ip::address_v4::any();  // a kernel without IPv6: "everywhere" still means something
      acceptor.open(asio::ip::tcp::v4(), error);
    }
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error && ip.is_v6()) acceptor.set_option(asio::ip::v6_only(!ip.is_unspecified()), error);
    if (!error) acceptor.bind(asio::ip::tcp::endpoint(ip, tcp.port), error);
    if (error) return std::unexpected(bind_error(error, address));
    asio::ip::tcp::endpoint chosen;
    const auto generic = acceptor.local_endpoint(error);
    if (error) return std::unexpected(bind_error(error, address));
    std::memcpy(chosen.data(), generic.data(), std::min(generic.size(), chosen.capacity()));
    bound = TcpEndpoint{ip.to_string(), chosen.port(), false};
  }
  acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) acceptor.non_blocking(true, error);  // for accept_waiting
  if (error) return std::unexpected(bind_error(error, address));
  return std::unique_ptr<Listener>(new Listener(std::move(acceptor), std::move(bound), inode));
}

Task<Result<std::unique_ptr<ByteStream>>> Listener::accept() {
  StreamSocket socket(acceptor_.get_executor());
  GenericEndpoint remote;
  auto [error] = co_await acceptor_.async_accept(socket, remote, as_result);
  if (error) {
    if (!acceptor_.is_open()) co_return fail(ErrorCode::cancelled, "the listener was closed");
    co_return std::unexpected(to_error(error, "accepting on " + url()));
  }
  co_return make_socket_stream(std::move(socket), peer_of(remote));
}

std::unique_ptr<ByteStream> Listener::accept_waiting() {
  StreamSocket socket(acceptor_.get_executor());
  GenericEndpoint remote;
  boost::system::error_code error;
  acceptor_.accept(socket, remote, error);
  return error ? nullptr : make_socket_stream(std::move(socket), peer_of(remote));
}

std::string Listener::peer_of(const GenericEndpoint& remote) const {
  const auto* local = std::get_if<UnixEndpoint>(&address_);
  return local ? "unix:" + local->path : describe(remote);
}

std::string Listener::url() const {
  if (const auto* local = std::get_if<UnixEndpoint>(&address_)) return "unix:" + local->path;
  return "http://" + host_header(address_);
}

void Listener::close() {
  if (!acceptor_.is_open()) return;
  boost::system::error_code ignored;  // the descriptor is gone either way
  acceptor_.close(ignored);
  const auto* local = std::get_if<UnixEndpoint>(&address_);
  struct stat status{};
  if (local && ::lstat(local->path.c_str(), &status) == 0 && status.st_ino == inode_) ::unlink(local->path.c_str());
}

}  // namespace taffrail::net
