#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/task.hpp"
#include "net/byte_stream.hpp"
#include "net/endpoint.hpp"

namespace taffrail::net {

/// A bound, listening socket: TCP, or a unix socket with mode 0660 whose file goes when the listener closes.
class Listener {
 public:
  /// Binds and listens. A unix socket file that nobody listens on any more is replaced; one that a living server holds,
  /// or a file of another kind at its path, is a conflict. Errors: conflict (address in use), permission_denied,
  /// invalid_argument (an address this host does not have, a path over 107 bytes), io.
  [[nodiscard]] static Result<std::unique_ptr<Listener>> bind(const Executor& executor, const Endpoint& address);

  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  /// The next connection. Errors: cancelled after `close`; unavailable when there are no descriptors for it; io.
  [[nodiscard]] Task<Result<std::unique_ptr<ByteStream>>> accept();
  /// A connection that waits to be accepted; null when there is none, or no descriptor for it.
  [[nodiscard]] std::unique_ptr<ByteStream> accept_waiting();

  /// Where it listens, with the port that was chosen for port 0.
  [[nodiscard]] const Endpoint& address() const { return address_; }
  /// For people: "http://127.0.0.1:8080", "unix:/run/taffrail.sock".
  [[nodiscard]] std::string url() const;

  /// Stops listening and removes the unix socket file (only if it is still the one that was made here). Idempotent.
  void close();

 private:
  using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;
  using GenericEndpoint = asio::generic::stream_protocol::endpoint;
  Listener(Acceptor acceptor, Endpoint address, unsigned long long inode);

  [[nodiscard]] std::string peer_of(const GenericEndpoint& remote) const;

  Acceptor acceptor_;
  Endpoint address_;
  unsigned long long inode_;  // of the unix socket file; 0 for TCP
};

}  // namespace taffrail::net
